// Package demo carries the demo's files: a network, a consent, two referrals, and in a
// folder of its own a second network with what is asked in it. Every agency, person and
// place in them is invented.
package demo

import "embed"

// Files is this folder's YAML and the consent form, and those of the folder a.
//
//go:embed *.yaml *.txt a
var Files embed.FS
