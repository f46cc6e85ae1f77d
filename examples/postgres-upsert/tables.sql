CREATE TABLE logins (
  user_id    text PRIMARY KEY,
  email      text,
  name       text,
  last_ip    inet,
  logins     integer NOT NULL DEFAULT 1,
  last_login timestamptz NOT NULL DEFAULT now()
);
