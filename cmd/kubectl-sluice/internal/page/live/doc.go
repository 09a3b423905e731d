// Package live keeps a board current: it watches the objects with the rights of the user, and
// makes a new board when something changed.
package live
