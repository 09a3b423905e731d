package versions

import (
	"testing"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/install"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/validation"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/cel/environment"
)

// internal is a CRD as the API server sees it.
func internal(t *testing.T, d document) *apiextensions.CustomResourceDefinition {
	t.Helper()
	scheme := runtime.NewScheme()
	install.Install(scheme)
	crd := into[apiextensionsv1.CustomResourceDefinition](t, d)
	scheme.Default(&crd)
	var out apiextensions.CustomResourceDefinition
	if err := scheme.Convert(&crd, &out, nil); err != nil {
		t.Fatalf("%s: %v", d.file, err)
	}
	return &out
}

// release is the minor version of the Kubernetes release whose libraries these are.
func release() uint {
	return environment.DefaultCompatibilityVersion().Minor() + 1
}

// oldest is the first release that takes a CRD, 30 if it isn't listed. Plain Kubernetes needs
// OpenShift's CRD of Network.operator, which OpenShift brings itself.
func oldest(crd string) uint {
	if crd == "networks.operator.openshift.io" {
		return 31
	}
	return 30
}

func TestTheAPIServerTakesEachCRD(t *testing.T) {
	for _, d := range shipped(t, "CustomResourceDefinition") {
		t.Run(d.file, func(t *testing.T) {
			errs := validation.ValidateCustomResourceDefinition(t.Context(), internal(t, d))
			if release() < oldest(d.Name) {
				if len(errs) == 0 {
					t.Errorf("1.%d takes it; the documented releases are too few", release())
				}
				return
			}
			for _, err := range errs {
				t.Error(err)
			}
		})
	}
}
