package validation

// User is who makes the request.
type User struct {
	Name   string
	Groups []string
}
