// Package render renders kustomizations with the library that kubectl contains.
package render
