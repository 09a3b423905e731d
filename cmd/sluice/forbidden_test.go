package main

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	"sigs.k8s.io/yaml"

	"sluice/cmd/internal/viewrole"
	"sluice/validation"
)

func TestTheMissingRoleIsThatOfTheManifests(t *testing.T) {
	text, err := os.ReadFile("../../manifests/base/viewer-rbac.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var role rbacv1.ClusterRole
	if err := yaml.Unmarshal(text, &role); err != nil {
		t.Fatal(err)
	}
	if role.Kind != "ClusterRole" || role.Name != viewrole.Name {
		t.Errorf("the manifest has the %s %s", role.Kind, role.Name)
	}
}

func TestTheCommandThatGrantsTheRole(t *testing.T) {
	for _, c := range []struct {
		user validation.User
		want string
	}{
		{validation.User{Name: "mary", Groups: []string{"system:authenticated", "team-a"}}, "kubectl create clusterrolebinding sluice-view-team-a --clusterrole=sluice-view --group=team-a"},
		{validation.User{Name: "mary", Groups: []string{"", "team-a"}}, "kubectl create clusterrolebinding sluice-view-team-a --clusterrole=sluice-view --group=team-a"},
		{validation.User{Name: "mary", Groups: []string{"", "system:authenticated"}}, "kubectl create clusterrolebinding sluice-view-mary --clusterrole=sluice-view --user=mary"},
		{validation.User{Name: "***"}, "kubectl create clusterrolebinding sluice-view --clusterrole=sluice-view --user='***'"},
		{validation.User{Name: "mary@example.com"}, "kubectl create clusterrolebinding sluice-view-mary-example-com --clusterrole=sluice-view --user=mary@example.com"},
		{validation.User{Name: "it's mary"}, `kubectl create clusterrolebinding sluice-view-it-s-mary --clusterrole=sluice-view --user='it'\''s mary'`},
		{
			validation.User{Name: "system:serviceaccount:flows:bot", Groups: []string{"system:serviceaccounts"}},
			"kubectl create clusterrolebinding sluice-view-system-serviceaccount-flows-bot --clusterrole=sluice-view --serviceaccount=flows:bot",
		},
	} {
		if diff := cmp.Diff(c.want, viewrole.Grant(viewrole.Name, c.user)); diff != "" {
			t.Errorf("%s (-want +got)\n%s", c.user.Name, diff)
		}
	}
	text := (&missingRight{validation.User{Name: "mary", Groups: []string{"team-a"}}, errors.New("no")}).Error()
	for _, part := range []string{"identifies you as mary (groups team-a)", "ClusterRole sluice-view is missing", "sluice check --from-cluster FILE"} {
		if !strings.Contains(text, part) {
			t.Errorf("no %q in %s", part, text)
		}
	}
}
