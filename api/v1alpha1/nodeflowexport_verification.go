package v1alpha1

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// Verification is what the agent's built-in collector received: for a limited time, it was an
// additional target on the node itself, so that no additional traffic left the node.
type Verification struct {
	// request is the value of the annotation that requested the verification.
	Request string `json:"request"`

	// phase is Running, Done or Refused.
	Phase VerificationPhase `json:"phase"`

	// started is when the collector became a target.
	//
	// +optional
	Started *metav1.Time `json:"started,omitempty"`

	// reason says in one word why the verification was refused.
	//
	// +optional
	Reason VerificationReason `json:"reason,omitempty"`

	// message says why the verification was refused, or what it could not find out.
	//
	// +optional
	Message string `json:"message,omitempty"`

	// idle says that no packet passed the bridge while the verification ran, so that there was nothing to
	// export. It is known at the end.
	//
	// +optional
	Idle bool `json:"idle,omitempty"`

	// formats has an entry for each format that is exported.
	//
	// +listType=map
	// +listMapKey=format
	// +optional
	Formats []VerifiedFormat `json:"formats,omitempty"`
}

// VerificationPhase is the phase of a verification.
//
// +kubebuilder:validation:Enum=Running;Done;Refused
type VerificationPhase string

// The phases.
const (
	VerificationRunning VerificationPhase = "Running"
	VerificationDone    VerificationPhase = "Done"
	VerificationRefused VerificationPhase = "Refused"
)

// VerificationReason says why a verification was refused.
type VerificationReason string

// The reasons.
const (
	VerificationBadRequest        VerificationReason = "BadRequest"        // the annotation is no list of times
	VerificationTooLate           VerificationReason = "TooLate"           // the requested end is in the past
	VerificationMayNotWrite       VerificationReason = "MayNotWrite"       // the agent may not change Open vSwitch
	VerificationNothingConfigured VerificationReason = "NothingConfigured" // nothing is to be exported
	VerificationNoCollector       VerificationReason = "NoCollector"       // the agent's collector can't be opened
)

// VerifiedFormat counts what the built-in collector received of one format. It counts only
// datagrams from sockets of ovs-vswitchd.
type VerifiedFormat struct {
	// format is NetFlow, SFlow or IPFIX.
	Format FlowFormat `json:"format"`

	// datagrams is the number of datagrams.
	Datagrams int64 `json:"datagrams"`

	// records is the number of records of flows in them. Without sampled packets, sFlow sends
	// counters of interfaces and IPFIX sends templates, in datagrams without such records.
	Records int64 `json:"records"`

	// undecoded is the number of IPFIX sets that came before their template, whose records can't
	// be counted.
	//
	// +optional
	Undecoded int64 `json:"undecoded,omitempty"`

	// foreign is the number of datagrams that came from no socket that the agent saw
	// ovs-vswitchd have: they prove nothing.
	//
	// +optional
	Foreign int64 `json:"foreign,omitempty"`
}
