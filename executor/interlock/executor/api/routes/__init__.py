"""The routes, one noun a module. Each module's `router` is listed in `application`."""
