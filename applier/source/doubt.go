package source

import (
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// doubtOf says why their definition leaves it unknown which profiles there are, given the error of reading it; empty
// if it does not. known says that they were known before.
func doubtOf(definition *unstructured.Unstructured, err error, known bool) string {
	switch {
	case apierrors.IsNotFound(err) && known:
		return "their CustomResourceDefinition was deleted, and they with it"
	case apierrors.IsNotFound(err):
		return "their CustomResourceDefinition does not exist"
	case err != nil && known:
		return "some are gone, and it can't be read whether their CustomResourceDefinition is: " + unread(err)
	case err != nil:
		return "their CustomResourceDefinition can't be read: " + unread(err)
	case definition.GetDeletionTimestamp() != nil:
		return "their CustomResourceDefinition is being deleted, and they with it"
	}
	return ""
}

// unread says why the definition can't be read, without what differs each time, such as the port that a connection
// has by chance: a report that differs is written again.
func unread(err error) string {
	if apierrors.IsForbidden(err) || apierrors.IsUnauthorized(err) {
		return err.Error()
	}
	if reason := apierrors.ReasonForError(err); reason != "" {
		return "the API server answers " + string(reason)
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return "no answer of the API server: " + number.Error()
	}
	if failure, ok := errors.AsType[net.Error](err); ok && failure.Timeout() {
		return "no answer of the API server in time"
	}
	return "no answer of the API server"
}

// named is how many profiles a message names.
const named = 5

// doubtAbout says that profiles were deleted with a former definition.
func doubtAbout(lost []*unstructured.Unstructured) string {
	var names []string
	for _, o := range lost {
		names = append(names, o.GetName())
	}
	slices.Sort(names)
	if more := len(names) - named; more > 0 {
		names = append(names[:named], fmt.Sprintf("and %d more", more))
	}
	return "their CustomResourceDefinition was replaced, and these were deleted with the former one: " + strings.Join(names, ", ") +
		"; create them again, and after that delete those that are not wanted any more"
}
