/* A boot sector that says on the serial line that it was started, and switches the machine off or on again.
   gcc -c -m32 '-DTEXT="…"' [-DAGAIN], ld --oformat binary -Ttext 0x7c00 */
        .code16
        .globl _start
_start: xorw %ax, %ax
        movw %ax, %ds
        cld
        movw $text, %si
next:   lodsb
        testb %al, %al
        jz done
        movb %al, %ah
        movw $0x3fd, %dx
full:   inb %dx, %al
        testb $0x20, %al
        jz full
        movw $0x3f8, %dx
        movb %ah, %al
        outb %al, %dx
        jmp next
done:
#ifdef AGAIN
        movb $0xfe, %al
        outb %al, $0x64
#endif
halt:   hlt
        jmp halt
text:   .asciz TEXT
        .org 510
        .word 0xaa55
