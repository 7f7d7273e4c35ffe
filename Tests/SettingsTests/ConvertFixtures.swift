/// Configurations of the kinds that people write about, each with what they set up in common.
enum ConvertFixtures {
    /// An iPXE at home: dhcpd tells firmware and iPXE apart by the user class, a script on a web server decides.
    static let homeDhcpd = """
        # A home network.
        authoritative;
        default-lease-time 600;
        option domain-name-servers 10.1.0.1;

        subnet 10.1.0.0 netmask 255.255.255.0 {
            range 10.1.0.100 10.1.0.199;
            option routers 10.1.0.1;
            next-server 10.1.0.5;
            if exists user-class and option user-class = "iPXE" {
                filename "http://10.1.0.5/preboot.php";
            } else {
                filename "netboot/ipxe.kkpxe";
            }
        }
        """

    /// Installers in a menu of PXELINUX.
    static let installers = """
        DEFAULT vesamenu.c32
        PROMPT 0
        TIMEOUT 600
        ONTIMEOUT local
        MENU TITLE Servers
        MENU COLOR sel 7;37;40

        LABEL local
          MENU LABEL ^Local disk
          MENU DEFAULT
          LOCALBOOT 0

        LABEL centos
          MENU LABEL ^Install CentOS
          KERNEL centos/vmlinuz
          APPEND initrd=centos/initrd.img ks=http://10.2.0.5/ks.cfg ksdevice=bootif
          IPAPPEND 2
        """

    /// The option space of iPXE, classes by architecture, hosts of their own.
    static let fullDhcpd = """
        option space ipxe;
        option ipxe-encap-opts code 175 = encapsulate ipxe;
        option ipxe.no-pxedhcp code 176 = unsigned integer 8;
        option ipxe.keep-san code 8 = unsigned integer 8;
        option arch code 93 = unsigned integer 16;
        option space pxelinux;
        option pxelinux.configfile code 209 = text;
        option ipxe.no-pxedhcp 1;
        option ipxe.keep-san 1;
        option root-path "iscsi:10.3.0.5::::iqn.2001-04.org.example:disk";

        class "pxe" {
            match if substring(option vendor-class-identifier, 0, 9) = "PXEClient";
            next-server 10.3.0.5;
            if exists ipxe.bus-id {
                filename "http://10.3.0.5/boot.php?mac=${net0/mac}";
            } elsif option arch = 00:07 or option arch = 00:09 {
                filename "ipxe.efi";
            } elsif option arch = 00:06 {
                filename "ipxe32.efi";
            } else {
                filename "undionly.kpxe";
            }
        }

        group {
            host printer { hardware ethernet 52:54:00:00:00:01; fixed-address 10.3.0.9; }
            host rescue {
                hardware ethernet 52:54:00:00:00:02;
                filename "pxelinux.0";
                option pxelinux.configfile "rescue.cfg";
            }
        }
        """

    /// A proxy with a loader for each firmware, iPXE told apart by option 175.
    static let proxyDnsmasq = """
        # No DNS.
        port=0
        log-dhcp
        dhcp-range=10.4.0.0,proxy,255.255.0.0
        dhcp-match=set:ipxe,175
        dhcp-vendorclass=set:pc,PXEClient:Arch:00000
        dhcp-vendorclass=set:efi32,PXEClient:Arch:00006
        dhcp-vendorclass=set:efi64,PXEClient:Arch:00007
        tag-if=set:loadbios,tag:!ipxe,tag:pc
        tag-if=set:load64,tag:!ipxe,tag:efi64
        pxe-prompt="Booting", 0
        pxe-service=tag:loadbios,x86PC,"Load iPXE",undionly
        pxe-service=tag:!ipxe,IA32_EFI,"Load iPXE",ipxe32.efi
        pxe-service=tag:load64,BC_EFI,"Load iPXE",snponly.efi
        pxe-service=tag:!ipxe,X86-64_EFI,"Load iPXE",snponly.efi
        dhcp-boot=tag:ipxe,http://10.4.0.5/menu.ipxe
        enable-tftp
        tftp-root=/srv/tftp  # here they lie
        """

    /// A laboratory: dnsmasq with addresses, and a configuration's name for lpxelinux.0.
    static let labDnsmasq = """
        interface=vboxnet0
        dhcp-range=192.168.56.100,192.168.56.199,12h
        dhcp-boot=lpxelinux.0
        dhcp-option-force=209,boot/syslinux/archiso.cfg
        dhcp-option-force=210,http://192.168.56.1/
        enable-tftp
        tftp-root=/srv/arch
        """

    /// The menus beside it.
    static let labMenu = """
        SERIAL 0 38400
        UI boot/syslinux/vesamenu.c32
        MENU TITLE Arch Linux
        MENU BACKGROUND splash.png

        LABEL arch
        TEXT HELP
        Boot the live medium.
        LABEL this is no label
        ENDTEXT
        MENU LABEL Boot ^Arch Linux
        LINUX ::/arch/boot/x86_64/vmlinuz
        INITRD ::/arch/boot/intel_ucode.img,::/arch/boot/x86_64/archiso.img
        APPEND archisobasedir=arch archiso_http_srv=http://${pxeserver}/
        SYSAPPEND 3

        MENU BEGIN images
          MENU TITLE Disk images
          LABEL clonezilla
            MENU LABEL Clonezilla
            LINUX memdisk
            INITRD images/clonezilla.iso
            APPEND iso raw
          LABEL back
            MENU LABEL Back
            MENU EXIT
        MENU END

        LABEL disk
          MENU LABEL Existing system
          COM32 boot/syslinux/chain.c32
          APPEND hd0 0
        LABEL memory
          MENU LABEL Memory test
          LINUX boot/memtest
        LABEL hdt
          COM32 boot/syslinux/hdt.c32
          APPEND modules_alias=hdt/modalias.gz
        LABEL reboot
          MENU LABEL Reboot
          COM32 boot/syslinux/reboot.c32
        LABEL off
          COM32 boot/syslinux/poweroff.c32
        """

    static let all = [homeDhcpd, installers, fullDhcpd, proxyDnsmasq, labDnsmasq, labMenu]
}
