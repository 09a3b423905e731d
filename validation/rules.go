package validation

import "slices"

// checks yields every rule, in the order of docs/rules.md. It is the one list of them: to add
// a rule, write it in a file of its own and name it here.
func checks(yield func(Check) bool) {
	for _, rule := range [...]func() Check{
		// What rejects.
		wrongType,
		unknownField,
		duplicateKey,
		emptyCollector,
		missingAddress,
		missingPort,
		invalidPort,
		leadingZero,
		notAnAddress,
		hostname,
		unreplaced,
		cidr,
		urlScheme,
		shellText,
		controlCharacter,
		nonASCII,
		ipv6NotStored,
		ipv6Brackets,
		ipv6Zone,
		unusableAddress,
		nodeLocal,
		tooManyCollectors,
		noCollectors,
		nodePortRange,
		cacheActiveTimeout,
		outOfRange,
		// What normalizes.
		whiteSpace,
		portLeadingZeros,
		ipv4Brackets,
		ipv4Mapped,
		udpScheme,
		joinedCollectors,
		ipv6Form,
		duplicateCollector,
		emptyList,
		stringForList,
		// What warns.
		loopback,
		nodeAddress,
		linkLocal,
		multicast,
		clusterNetwork,
		serviceNetwork,
		twoFormats,
		sflowPayload,
		netflowIPv6,
		wellKnownPort,
		notOVNKubernetes,
		unmanaged,
		notCluster,
		patchWithoutEffect,
		configIgnored,
		keyIgnored,
		valueIgnored,
		valueTruncated,
		everyPacket,
		sparseSampling,
		noFlowCache,
	} {
		if !yield(rule()) {
			return
		}
	}
}

// Rules lists every rule, in the order of docs/rules.md.
func Rules() []Check { return slices.Collect(checks) }
