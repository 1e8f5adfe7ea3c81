; The direct loader: starts a Linux kernel from a CD or a disk with nothing
; between. The image's maker writes where the kernel and the initramfs are, and
; the command line, into it; it reads both in large pieces and starts the kernel.
;
; It reads by the firmware, which always works, but lets the controller put the data
; where it belongs where the drive hangs on PCI IDE, at which firmware moves it word
; by word, and where it is a disk on AHCI, which saves its way through the low memory.
;
; The same 6 KiB are the El Torito boot image, which the firmware loads whole,
; and the start of the disk, of which the firmware loads the first 512 bytes: the
; partition table stands among them.
;
; Sources: El Torito 1.0; EDD-1.1 and EDD-3 (INT 13h, AH=42h and 48h); the kernel's
; Documentation/arch/x86/boot.rst ("the boot protocol" below); for the bus master
; "Programming Interface for Bus Master IDE Controller", revision 1.0 (SFF-8038i),
; and ATA/ATAPI-4; Serial ATA AHCI 1.3.1 and Serial ATA 2.6 ("FIS").
;
; Memory:
;   07c00  this, 6 KiB, and the stack below it
;   09600  what the firmware answers
;   09800  where the bus master is to put what it reads
;   09a00  the command for AHCI
;   20000  a piece of what is read
;   30000  the same, read by the controller
;   40000  the kernel's real-mode part, its heap and stack, the command line
;  100000  the rest of the kernel
;          the initramfs is as high as the kernel allows

bits 16
cpu 686
org 0x7c00

%define BLOCK         2048              ; a CD's sector
%define PIECE         31                ; blocks read at once: below 64 KiB, and
                                        ; below 127 sectors of a disk, the most that
                                        ; EDD-1.1 promises
%define DMA_PIECE     64                ; 256 sectors of a disk, the most that READ DMA takes
%define ANSWER        0x9600
%define REGIONS       0x9800
%define TABLE         0x9a00
%define BUFFER        0x20000
%define COMPARED      0x30000
%define SETUP         0x40000
%define STACK_TOP     0xe000            ; in the kernel's real-mode segment
%define COMMAND_LINE  0xe000            ; behind it
%define KERNEL        0x100000
%define ATTEMPTS      5
%define TICKS         0x46c             ; the firmware's clock, 18.2 times a second
%define PATIENCE      36                ; of these for the controller
%define SMAP          0x534d4150

start:
        jmp     0:.here                 ; some firmware starts us at 07c0:0000
.here:  cli
        xor     ax, ax
        mov     ds, ax
        mov     es, ax
        mov     ss, ax
        mov     sp, start
        sti
        cld
        mov     [drive], dl

; What is a sector here: 2048 bytes of a CD, or 512 of a disk? Firmware that does
; not tell numbers CD drives from E0 on.
        mov     si, ANSWER
        mov     word [si], 30
        mov     word [si + 24], 0
        mov     dword [si + 26], 0
        mov     ah, 0x48
        int     0x13
        mov     ax, [ANSWER + 24]
        jnc     .known
        mov     ax, 512
        cmp     byte [drive], 0xe0
        jb      .known
        mov     ax, BLOCK
.known: cmp     ax, BLOCK
        je      loaded                  ; from a CD all of this was loaded
        cmp     ax, 512
        mov     si, no_sector
        jne     fail
        mov     byte [shift], 2

; Load the rest of this: 11 sectors from sector 1.
        mov     si, rest
        mov     dl, [drive]
        mov     ah, 0x42
        int     0x13
        mov     si, no_read
        jc      fail
        jmp     loaded

; fail: says what is wrong, on the screen and the first serial port, and stops.
fail:
        push    si
        mov     si, name
        call    print
        pop     si
        call    print
        sti
.stop:  hlt
        jmp     .stop

; print: shows the text at si, which a 0 ends.
print:
        lodsb
        test    al, al
        jz      .done
        mov     ah, 0x0e
        mov     bx, 7
        int     0x10
        mov     dx, 0x3f8
        out     dx, al
        jmp     print
.done:  ret

drive:  db      0
shift:  db      0                       ; from blocks to the drive's sectors
rest:   db      16, 0                   ; the disk address packet for the rest
        dw      11
        dw      0x7e00, 0
        dq      1

name:           db "scratchmachine: ", 0
no_read:        db "cannot read the disk", 13, 10, 0
no_sector:      db "the disk's sectors have neither 512 nor 2048 bytes", 13, 10, 0

        times 440 - ($ - $$) db 0
; The disk's id and the partition table, which the image's maker writes.
        times 510 - ($ - $$) db 0
        dw      0xaa55

; What the image's maker writes: first block and size in bytes.
        align   16
parameters:
kernel_block:    dd 0
kernel_size:     dd 0
initramfs_block: dd 0
initramfs_size:  dd 0

loaded:
        call    open_a20

; The kernel's first piece has its header.
        mov     eax, [kernel_block]
        mov     [block], eax
        mov     ax, PIECE
        call    read
        push    word BUFFER >> 4
        pop     fs
        mov     si, no_kernel
        cmp     dword [fs:0x202], 'HdrS'
        jne     fail
        cmp     word [fs:0x206], 0x20a  ; 2.10 has pref_address and init_size
        jb      fail
        test    byte [fs:0x211], 1      ; LOADED_HIGH
        jz      fail

        call    find_controller

; Its real-mode part: setup_sects and one sector.
        movzx   ecx, byte [fs:0x1f1]
        inc     ecx
        shl     ecx, 9
        mov     [skip], ecx
        mov     esi, BUFFER
        mov     edi, SETUP
        call    copy
; Its rest.
        mov     eax, [kernel_size]
        mov     [left], eax
        mov     dword [target], KERNEL
        call    load

; The initramfs, as high as can be.
        push    word SETUP >> 4
        pop     fs
        call    find_place
        mov     eax, [initramfs_at]
        test    eax, eax
        mov     si, no_memory
        jz      fail
        mov     [target], eax
        mov     [fs:0x218], eax         ; ramdisk_image
        mov     eax, [initramfs_size]
        mov     [fs:0x21c], eax         ; ramdisk_size
        mov     [left], eax
        mov     eax, [initramfs_block]
        mov     [block], eax
        call    load

; The command line.
        mov     ax, SETUP >> 4
        mov     es, ax
        mov     si, command_line
        mov     di, COMMAND_LINE
        mov     cx, BLOCK / 4
        rep movsd
        mov     dword [fs:0x228], SETUP + COMMAND_LINE ; cmd_line_ptr
        mov     byte [fs:0x210], 0xff   ; type_of_loader: one without a number
        or      byte [fs:0x211], 0x80   ; CAN_USE_HEAP
        mov     word [fs:0x224], STACK_TOP - 0x200 ; heap_end_ptr

; Start it, as the boot protocol's "Running the kernel" says.
        cli
        mov     ds, ax
        mov     gs, ax
        mov     ss, ax
        mov     sp, STACK_TOP
        jmp     (SETUP >> 4) + 0x20:0

; open_a20: lets addresses above 1 MiB be what they say.
open_a20:
        mov     ax, 0x2401
        int     0x15
        in      al, 0x92
        test    al, 2
        jnz     .done
        or      al, 2
        and     al, 0xfe                ; bit 0 would reset the machine
        out     0x92, al
.done:  ret

; load: reads [left] bytes from [block] on to [target], but the first [skip] of them.
load:
        mov     eax, [left]
        test    eax, eax
        jz      .done
        mov     ecx, eax
        shr     ecx, 11
        jz      .slow                   ; less than a block
        cmp     dword [skip], 0
        jne     .slow
        cmp     word [reader], 0
        je      .slow
        cmp     ecx, DMA_PIECE
        jbe     .fast
        mov     ecx, DMA_PIECE
.fast:  mov     edi, [target]
        call    [reader]
        jc      .broken
        add     [block], ecx
        shl     ecx, 11
        add     [target], ecx
        sub     [left], ecx
        jmp     load
.broken:
        mov     word [reader], 0
        jmp     load
.slow:  add     eax, BLOCK - 1
        shr     eax, 11
        cmp     eax, PIECE
        jbe     .last
        mov     eax, PIECE
.last:  push    eax
        call    read
        pop     eax
        add     [block], eax
        shl     eax, 11
        cmp     eax, [left]
        jbe     .whole
        mov     eax, [left]
.whole: sub     [left], eax
        mov     ecx, eax
        mov     esi, BUFFER
        mov     eax, [skip]
        add     esi, eax
        sub     ecx, eax
        mov     dword [skip], 0
        mov     edi, [target]
        add     [target], ecx
        call    copy
        jmp     load
.done:  ret

; read: reads ax blocks at [block] to the buffer.
read:
        mov     byte [attempts], ATTEMPTS
        mov     cl, [shift]
        shl     ax, cl
        mov     [sectors], ax
        mov     eax, [block]
        shl     eax, cl
        mov     [sector], eax
.again: mov     ax, [sectors]           ; firmware overwrites it
        mov     [packet.count], ax
        mov     si, packet
        mov     dl, [drive]
        mov     ah, 0x42
        int     0x13
        jnc     .done
        mov     dl, [drive]
        xor     ah, ah                  ; reset the drive
        int     0x13
        dec     byte [attempts]
        jnz     .again
        mov     si, no_read
        jmp     fail
.done:  ret

; find_controller: sets [reader] to what reads by the drive's controller, if there is
; such and it reads what the firmware has read into the buffer.
find_controller:
        call    find_ide
        cmp     word [reader], 0
        jne     find_ide.done
        cmp     byte [shift], 0         ; a CD on AHCI is left to the firmware
        jne     find_ahci
        ret

; find_ide: looks for the bus master of the drive's IDE channel.
find_ide:
        push    es
        les     di, [ANSWER + 26]       ; EDD: the parameters of an IDE drive
        mov     ax, es
        test    ax, ax
        jz      .none
        mov     bx, [es:di]             ; its channel's ports
        mov     [ports], bx
        mov     al, [es:di + 4]         ; which of the channel's two it is
        and     al, 0x10
        or      al, 0xe0                ; it is told blocks, not cylinders
        mov     [device], al
        mov     cx, 0x0100              ; the channel has the usual ports if this bit is 0;
        cmp     bx, 0x1f0               ; the offset of its bus master's
        je      .channel
        mov     cx, 0x0408
        cmp     bx, 0x170
        jne     .none
.channel:
        mov     esi, 0x80000008         ; the class of the first PCI function
.function:
        mov     eax, esi
        call    pci
        in      eax, dx
        mov     bl, ah                  ; programming interface
        shr     eax, 16
        cmp     ax, 0x0101              ; IDE
        jne     .next
        test    bl, 0x80                ; with bus master
        jz      .next
        test    bl, ch
        jnz     .next
        lea     eax, [esi + 0x20 - 8]   ; base address 4
        call    pci
        in      eax, dx
        test    al, 1                   ; of ports
        jz      .next
        and     ax, 0xfff0
        jz      .next
        add     al, cl
        mov     [bus_master], ax
        lea     eax, [esi + 4 - 8]      ; command: have ports, be a bus master
        call    pci
        in      ax, dx
        or      al, 5
        out     dx, ax
        pop     es
        mov     ax, read_ide
        jmp     try
.next:  add     esi, 0x100
        cmp     esi, 0x80010000         ; bus 1
        jb      .function
.none:  pop     es
.done:  ret

; find_ahci: looks for the port of an AHCI controller with the drive.
find_ahci:
        mov     esi, 0x80000008         ; the class of the first PCI function
.function:
        mov     eax, esi
        call    pci
        in      eax, dx
        shr     eax, 8
        cmp     eax, 0x010601           ; AHCI
        jne     .next
        lea     eax, [esi + 0x24 - 8]   ; base address 5
        call    pci
        in      eax, dx
        and     eax, 0xfffffff0
        jz      .next
        mov     [port], eax
        lea     eax, [esi + 4 - 8]      ; command: have memory, be a bus master
        call    pci
        in      ax, dx
        or      al, 6
        out     dx, ax
        mov     bx, 0x0c                ; PI: which ports there are
        call    peek
        xchg    eax, ebp
        add     dword [port], 0x100
.port:  shr     ebp, 1
        jnc     .other
        mov     bx, 0x24                ; PxSIG: a disk
        call    peek
        cmp     eax, 0x101
        jne     .other
        mov     bx, 0x28                ; PxSSTS: there, and ready
        call    peek
        and     al, 0x0f
        cmp     al, 3
        jne     .other
        mov     ax, read_ahci
        push    esi
        call    try
        pop     esi
        cmp     word [reader], 0
        jne     find_ide.done
.other: add     dword [port], 0x80
        test    ebp, ebp
        jnz     .port
.next:  add     esi, 0x100
        cmp     esi, 0x80010000         ; bus 1
        jb      .function
        ret

; try: sets [reader] to ax if that reads what is in the buffer. Keeps ebp.
try:    mov     [reader], ax
        mov     edi, COMPARED
        mov     ecx, PIECE
        call    ax
        jc      .useless
        push    ds
        push    es
        push    word BUFFER >> 4
        pop     ds
        push    word COMPARED >> 4
        pop     es
        xor     si, si
        xor     di, di
        mov     cx, PIECE * BLOCK / 4
        repe cmpsd
        pop     es
        pop     ds
        je      find_ide.done
.useless:
        mov     word [reader], 0
        ret

; pci: selects the register eax of PCI's configuration; dx is the port to it.
pci:    mov     dx, 0xcf8
        out     dx, eax
        mov     dl, 0xfc
        ret

; read_ide: reads ecx blocks, 1 to DMA_PIECE, at [block] to edi by the bus master. Sets
; the carry flag if that failed. Keeps ecx.
read_ide:
        push    ecx
        mov     eax, [TICKS]
        mov     [began], eax
; Regions of memory, none across a multiple of 64 KiB.
        mov     bx, REGIONS
        mov     esi, ecx
        shl     esi, 11
.region:
        mov     eax, edi
        or      eax, 0xffff0000
        neg     eax                     ; to the next multiple
        cmp     eax, esi
        jbe     .fits
        mov     eax, esi
.fits:  mov     [bx], edi
        mov     [bx + 4], ax            ; 0 is 64 KiB
        mov     word [bx + 6], 0
        add     edi, eax
        add     bx, 8
        sub     esi, eax
        jnz     .region
        mov     byte [bx - 1], 0x80     ; the last one
        mov     dx, [bus_master]
        mov     al, 8                   ; stop; the next is from drive to memory
        out     dx, al
        add     dx, 4
        mov     eax, REGIONS
        out     dx, eax
; The command: READ DMA, or a packet with READ(10).
        mov     eax, [block]
        mov     cl, [shift]
        test    cl, cl
        jz      .packet
        shl     eax, cl
        mov     esi, eax
        shr     eax, 24
        call    select
        jc      .done
        pop     eax
        push    eax
        shl     eax, 2                  ; sectors, 0 for 256
        mov     dx, [ports]
        add     dx, 2
        out     dx, al
        mov     eax, esi
        mov     cl, 3
.byte:  inc     dx
        out     dx, al
        shr     eax, 8
        dec     cl
        jnz     .byte
        add     dx, 2
        mov     al, 0xc8
        out     dx, al
        jmp     .start
.packet:
        mov     esi, eax
        xor     al, al
        call    select
        jc      .done
        mov     dx, [ports]
        inc     dx
        mov     al, 1                   ; by DMA
        out     dx, al
        add     dx, 6
        mov     al, 0xa0
        out     dx, al
        mov     ah, 0x08
        call    wait_status
        jc      .done
        bswap   esi
        mov     [read10.block], esi
        pop     eax
        push    eax
        mov     [read10.count + 1], al
        mov     si, read10
        mov     cx, 6
        mov     dx, [ports]
        rep outsw
.start: mov     dx, [bus_master]
        add     dx, 2
        mov     al, 6                   ; forget interrupts and errors of before
        out     dx, al
        sub     dx, 2
        mov     al, 9
        out     dx, al
        add     dx, 2
.wait:  in      al, dx
        test    al, 6                   ; interrupt, error
        jnz     .ended
        call    late
        jnc     .wait
.ended: mov     ah, al
        sub     dx, 2
        mov     al, 0                   ; stop
        out     dx, al
        mov     dx, [ports]
        add     dx, 7
        in      al, dx
        and     ax, 0x0721              ; the drive's error or fault, how it ended
        cmp     ax, 0x0400              ; all was moved
        je      .done
        stc
.done:  pop     ecx
        ret

; select: selects the drive, al being its address's bits from 24 on, and waits until
; it is idle.
select: mov     dx, [ports]
        add     dx, 6
        or      al, [device]
        out     dx, al
        xor     ah, ah
; wait_status: waits until the drive's BSY (bit 7) and DRQ (bit 3) are those of ah.
wait_status:
        mov     dx, [ports]
        add     dx, 7
        in      al, dx                  ; it takes a moment to be valid
.again: in      al, dx
        and     al, 0x88
        cmp     al, ah
        je      late.done
        call    late
        jnc     .again
        ret
; late: sets the carry flag when the controller took too long. Keeps all else.
late:   push    eax
        mov     eax, [TICKS]
        sub     eax, [began]
        cmp     eax, PATIENCE
        cmc
        pop     eax
.done:  ret

; read_ahci: the same of a disk on AHCI. It borrows the first place in the firmware's
; list of commands, which the firmware writes anew each time.
read_ahci:
        push    ecx
        mov     eax, [TICKS]
        mov     [began], eax
; The command table: a FIS from host to device with READ DMA EXT, and one region.
        mov     ebx, edi
        xor     eax, eax
        mov     di, TABLE
        mov     cx, 0x90 / 4
        rep stosd
        mov     dword [TABLE], 0x00258027
        pop     ecx
        push    ecx
        mov     eax, [block]
        shl     eax, 2                  ; sectors of a disk
        mov     [TABLE + 4], eax
        mov     byte [TABLE + 7], 0x40  ; by their number
        shr     eax, 24
        mov     [TABLE + 8], al
        shl     ecx, 2
        mov     [TABLE + 12], cx
        mov     [TABLE + 0x80], ebx
        shl     ecx, 9
        mov     edi, ecx                ; bytes
        dec     ecx
        mov     [TABLE + 0x8c], ecx
; Its header: one region, a FIS of 5 words, 0 bytes moved, the table.
        xor     bx, bx                  ; PxCLB
        call    peek
        test    eax, eax
        stc
        jz      .done
        mov     ecx, [port]
        mov     esi, eax
        mov     [port], eax
        mov     eax, 0x00010005
        call    poke
        xor     eax, eax
        call    poke_next
        mov     eax, TABLE
        call    poke_next
        xor     eax, eax
        call    poke_next
        mov     [port], ecx
; Give it to the port, which the firmware may have stopped.
        mov     bx, 0x18                ; PxCMD
        call    peek
        push    eax
        or      al, 0x10                ; receive
        call    poke
        or      al, 0x01                ; start
        call    poke
        mov     bx, 0x38                ; PxCI
        mov     eax, 1
        call    poke
.wait:  mov     bx, 0x10                ; PxIS
        call    peek
        test    eax, 0x40000000         ; error
        stc
        jnz     .ended
        mov     bx, 0x38
        call    peek
        test    al, 1
        jz      .ended
        call    late
        jnc     .wait
.ended: pop     eax
        pushf
        mov     bx, 0x18
        call    poke
        mov     bx, 0x10                ; forget what happened
        mov     eax, -1
        call    poke
        popf
        jc      .done
        mov     [port], esi
        mov     bx, 4                   ; was all moved?
        call    peek
        mov     [port], ecx
        cmp     eax, edi
        je      .done
        stc
.done:  pop     ecx
        ret

; peek: reads the register bx of [port] into eax. poke writes it, poke_next the next.
peek:   call    flat
        mov     eax, [es:edx]
        jmp     unflat
poke_next:
        add     bx, 4
poke:   call    flat
        mov     [es:edx], eax
unflat: mov     edx, cr0
        and     dl, 0xfe
        mov     cr0, edx
        jmp     .real
.real:  pop     edx
        pop     es
        sti
        ret

; flat: makes es reach the first 4 GiB, and edx the address of the register.
flat:   pop     word [back]
        push    es
        push    edx
        cli
        lgdt    [gdtr]
        mov     edx, cr0
        or      dl, 1
        mov     cr0, edx
        jmp     .flat
.flat:  mov     dx, 8
        mov     es, dx
        movzx   edx, bx
        add     edx, [port]
        jmp     [back]

; copy: copies ecx bytes, rounded up to 4, from esi to edi, anywhere in the first
; 4 GiB. Segments are given that limit in protected mode, where only they differ.
copy:
        push    ds
        push    es
        cli
        lgdt    [gdtr]
        mov     eax, cr0
        or      al, 1
        mov     cr0, eax
        jmp     .flat
.flat:  mov     bx, 8
        mov     ds, bx
        mov     es, bx
        add     ecx, 3
        shr     ecx, 2
        a32 rep movsd
        and     al, 0xfe
        mov     cr0, eax
        jmp     .real
.real:  pop     es
        pop     ds
        sti
        ret

; find_place: sets [initramfs_at] to the highest place in RAM for the initramfs:
; below initrd_addr_max, and not where the kernel will unpack itself. It stays 0 if
; there is none.
find_place:
        xor     ebx, ebx
.next:  mov     eax, 0xe820
        mov     edx, SMAP
        mov     ecx, 20
        mov     di, ANSWER
        int     0x15
        jc      .done
        cmp     eax, SMAP
        jne     .done
        cmp     dword [ANSWER + 16], 1  ; RAM
        jne     .skip
        cmp     dword [ANSWER + 4], 0   ; above 4 GiB
        jne     .skip
        mov     eax, [ANSWER]
        mov     edx, eax
        add     edx, [ANSWER + 8]
        jc      .high
        cmp     dword [ANSWER + 12], 0
        je      .low
.high:  mov     edx, 0xfffff000         ; it goes on above 4 GiB
.low:   mov     ecx, [fs:0x22c]         ; initrd_addr_max
        cmp     edx, ecx
        jbe     .end
        mov     edx, ecx
.end:   sub     edx, [initramfs_size]
        jc      .skip
        and     edx, 0xfffff000
        cmp     edx, eax
        jb      .skip
        mov     ecx, [fs:0x258]         ; pref_address
        add     ecx, [fs:0x260]         ; init_size
        cmp     edx, ecx
        jb      .skip
        cmp     edx, [initramfs_at]
        jbe     .skip
        mov     [initramfs_at], edx
.skip:  test    ebx, ebx
        jnz     .next
.done:  ret

no_kernel:      db "this is not a Linux kernel of boot protocol 2.10 or newer", 13, 10, 0
no_memory:      db "there is not enough memory for this kernel: give the machine more", 13, 10, 0

        align   8
gdt:    dq      0
        dq      0x00cf92000000ffff      ; data, 4 GiB from 0
gdtr:   dw      gdtr - gdt - 1
        dd      gdt

packet: db      16, 0                   ; disk address packet (EDD-1.1)
.count: dw      0
        dw      0, BUFFER >> 4
sector: dq      0

block:          dd 0                    ; the next to read
left:           dd 0                    ; bytes to read
skip:           dd 0                    ; of which so many are not wanted
target:         dd 0
initramfs_at:   dd 0
sectors:        dw 0
attempts:       db 0
device:         db 0
ports:          dw 0
bus_master:     dw 0
reader:         dw 0                    ; what reads by the controller, 0 for none
back:           dw 0
port:           dd 0
began:          dd 0
read10:         db 0x28, 0
.block:         dd 0
                db 0
.count:         dw 0
                times 3 db 0

        times 4096 - ($ - $$) db 0
command_line:
        times 2048 db 0
