package v1alpha1

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
)

// Each replica of the webhook keeps a Lease in the namespace of the webhook, which says which
// policies it has in force, and until when its certificate is valid.
const (
	// ReplicaLabel is on the Leases of the replicas. Its value is ReplicaWebhook.
	ReplicaLabel = "sluice.dev/replica"
	// ReplicaWebhook is the value of ReplicaLabel.
	ReplicaWebhook = "webhook"
	// InForceAnnotation lists the policies that a replica has in force, as returned by InForceKeys.
	InForceAnnotation = "sluice.dev/policies-in-force"
	// OptionsAnnotation has the WebhookOptions of a replica as JSON.
	OptionsAnnotation = "sluice.dev/options"
	// CertificateAnnotation is when the certificate expires that a replica serves, in the form of RFC 3339;
	// empty if it has none.
	CertificateAnnotation = "sluice.dev/certificate-expires"
)

// WebhookOptions are the options on which the verdicts of a replica depend, for tools that predict
// them.
type WebhookOptions struct {
	// Normalization is the value of --normalization, IPFamilies that of --ip-families.
	Normalization string `json:"normalization"`
	IPFamilies    string `json:"ipFamilies"`
	// ExemptUsers are those of --exempt-user.
	ExemptUsers []string `json:"exemptUsers,omitempty"`
}

// maxInForceKeys bounds the annotation. The API server accepts 256 KiB of annotations.
const maxInForceKeys = 20_000

// InForceKey identifies a generation of a policy by 8 characters, so that the Lease of a replica
// stays small: 9 bytes for each policy.
func InForceKey(uid string, generation int64) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d", uid, generation))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// InForceKeys returns the value of InForceAnnotation. More than 20,000 policies do not fit: the rest
// counts as not in force.
func InForceKeys(keys []string) string {
	keys = slices.Clone(keys)
	slices.Sort(keys)
	return strings.Join(keys[:min(len(keys), maxInForceKeys)], " ")
}
