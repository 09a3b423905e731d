// Package images tests what is released: the container images, as far as they can be built
// where no base image can be pulled, and the files of a release.
package images
