package main

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"sluice/internal/kube"
)

// A user with sluice-view alone gets to know which role shows the Events; another failure is no matter of roles.
func TestTheRoleThatShowsDenialsIsNamed(t *testing.T) {
	forbidden := fmt.Errorf("read Events: %w", apierrors.NewForbidden(kube.Events().GroupResource(), "", errors.New("no")))
	if text := unreadEvents(forbidden); !strings.Contains(text, "events is forbidden") || !strings.HasSuffix(text, "; the ClusterRole view, bound in namespace default, allows it") {
		t.Error(text)
	}
	if text := unreadEvents(errors.New("read Events: timeout")); strings.Contains(text, "ClusterRole") {
		t.Error(text)
	}
}
