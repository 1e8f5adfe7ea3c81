package config

// The values of Config.Metadata. Each cloud has a metadata service of its own.
const (
	MetadataAuto         = "auto"
	MetadataOff          = "off"
	MetadataEC2          = "ec2"
	MetadataGCE          = "gce"
	MetadataAzure        = "azure"
	MetadataOpenStack    = "openstack"
	MetadataDigitalOcean = "digitalocean"
)

// MetadataSources lists the values of Config.Metadata.
func MetadataSources() []string {
	return []string{MetadataAuto, MetadataOff, MetadataEC2, MetadataGCE, MetadataAzure, MetadataOpenStack, MetadataDigitalOcean}
}
