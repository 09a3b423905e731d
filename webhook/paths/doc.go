// Package paths keeps the paths of reviews secret between the API servers and the webhook. Few API
// servers have a client certificate for webhooks, but all of them call the path that the webhook
// configurations name. A random token in that path shows that a request is an API server's.
//
// A Keeper stores the token in a Secret, replaces it from time to time, and writes the paths into
// the webhook configurations. An Accepted, one in each replica, knows the paths to answer: those with
// the token, and those that the webhook configurations name or named a moment ago. So a path that
// another client wrote, such as that of a manifest that is applied again, is answered until the
// Keeper has replaced it, and no call fails.
package paths
