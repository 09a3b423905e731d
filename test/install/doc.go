// Package install applies what users install to a real API server, and runs the webhook with
// exactly the arguments, the account and the rights of the manifests.
package install
