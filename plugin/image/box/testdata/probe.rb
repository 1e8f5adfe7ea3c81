# Loads the Vagrantfile ARGV[0] with just enough of Vagrant around it, and says
# whether its communicator calls a machine ready whose port 80 is at ARGV[1]
# of this host, or, if there is an ARGV[2], at that address itself, with libvirt. An
# ARGV[2] of "qemu" means that the Vagrantfile forwards the port.

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

Machine = Struct.new(:provider, :provider_name, :config)

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

# The Vagrantfile's own, of which one is switched off.
VM = Struct.new(:networks)
Config = Struct.new(:vm)

def config(port)
  ssh = [:forwarded_port, { guest: 80, host: 1, disabled: true }]
  Config.new(VM.new([[:private_network, {}], ssh] + (port.empty? ? [] : [[:forwarded_port, { guest: 80, host: port.to_i }]])))
end

load ARGV[0]
machine =
  case ARGV[2]
  when nil then Machine.new(VirtualBox.new(ARGV[1]), :virtualbox)
  when "qemu" then Machine.new(Libvirt.new("127.0.0.1"), :qemu, config(ARGV[1]))
  else Machine.new(Libvirt.new(ARGV[2]), :libvirt)
  end
puts ScratchMachine::Communicator.new(machine).ready?
