package trust

import "fmt"

// Names of what a registry serves. With consistent snapshots everything but
// the timestamp and the last page of the chain has its version or its hash in
// its name, so a node that reads while stewards publish sees one state.
//
//	metadata/timestamp.json
//	metadata/3.snapshot.json, metadata/1.root.json, metadata/7.roster.json …
//	targets/<sha256>.roster.json …
//	chain/0.jsonl …

// PulseName is the timestamp: what changes whenever anything does, and each
// time the hub says that nothing did.
const PulseName = "metadata/timestamp.json"

func metadataName(role Role, version int64) string {
	return fmt.Sprintf("metadata/%d.%s", version, role.file())
}

func targetName(role Role, sum string) string { return "targets/" + sum + "." + role.file() }

func pageName(page uint64) string { return fmt.Sprintf("chain/%d.jsonl", page) }
