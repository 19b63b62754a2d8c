"""SCIM: an identity provider creates, changes and deactivates members (RFC 7643, RFC 7644)."""
