"""What every page needs: settings, security, sessions, job queue, file store, base style. It knows no page."""
