"""Two small OpenStack clouds on one machine, the proving ground of Decamp.

`source` and `target` are real services (Keystone, Glance, Placement, Nova, Neutron, Cinder, Swift) on loopback ports;
only their drivers are ours, so that volumes, root disks and ports need no hypervisor, storage network or switch. The
package runs on the standard library alone: `lab/lab` can install the lab before any of its packages exist, and the
tests can import it without the lab's virtual environment.
"""
