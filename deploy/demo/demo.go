// Package demo carries the demo's files: a network, a consent, two referrals.
// Every agency, person and place in them is invented.
package demo

import "embed"

// Files is this folder's YAML and the consent form.
//
//go:embed *.yaml *.txt
var Files embed.FS
