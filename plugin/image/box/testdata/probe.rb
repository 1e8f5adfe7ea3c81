# Loads the Vagrantfile ARGV[0] with just enough of Vagrant around it, and says
# whether its communicator calls a machine ready whose port 80 is at ARGV[1]
# of this host, or, if there is an ARGV[2], at that address itself.

module Vagrant
  module Errors
    class VagrantError < StandardError
      def self.error_message(_text); end
    end
  end

  # Takes any of the calls by which a plugin describes itself.
  class Component
    class << self
      %i[name communicator guest config guest_capability action_hook].each { |call| define_method(call) { |*| } }
    end
  end

  def self.plugin(*)
    Component
  end

  def self.configure(_version); end
end

Machine = Struct.new(:provider)

# VirtualBox knows forwarded ports.
class VirtualBox
  def initialize(port)
    @port = port
  end

  def capability?(_name)
    true
  end

  def capability(_name)
    @port.empty? ? {} : { @port.to_i => 80 }
  end
end

# Libvirt knows addresses, of machines that run.
class Libvirt
  def initialize(address)
    @address = address
  end

  def capability?(_name)
    false
  end

  def ssh_info
    @address.empty? ? nil : { host: @address }
  end
end

load ARGV[0]
provider = ARGV[2] ? Libvirt.new(ARGV[2]) : VirtualBox.new(ARGV[1])
puts ScratchMachine::Communicator.new(Machine.new(provider)).ready?
