"""What can be asked of Interlock, one noun a module, whoever asks: `/v1`, a command, another face.

Each checks that the actor may, does its work in one transaction, records it in the audit, and returns frozen records.
"""
