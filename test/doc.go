// Package test holds what is true of the whole repository.
package test
