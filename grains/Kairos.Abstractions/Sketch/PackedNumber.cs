using System.Buffers;
using System.Runtime.CompilerServices;

namespace Kairos;

/// <summary>Whole numbers in as few bytes as they need, seven bits in each (LEB128). Pure functions.</summary>
public static class PackedNumber
{
    /// <summary>Writes a number behind others; a negative one takes ten bytes.</summary>
    public static void Write(IBufferWriter<byte> into, long number)
    {
        ArgumentNullException.ThrowIfNull(into);
        var span = into.GetSpan(10);
        var length = 0;
        for (var left = (ulong)number; ; left >>= 7)
        {
            span[length++] = (byte)(left < 0x80 ? left : left | 0x80);
            if (left < 0x80)
            {
                into.Advance(length);
                return;
            }
        }
    }

    /// <summary>Reads the number at a place, and moves that behind it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static long Read(ReadOnlySpan<byte> from, ref int at)
    {
        // Most are of one byte.
        var first = from[at++];
        return first < 0x80 ? first : ReadFurther(first, from, ref at);
    }

    private static long ReadFurther(byte first, ReadOnlySpan<byte> from, ref int at)
    {
        var (number, next) = ((ulong)(first & 0x7F), first);
        for (var shift = 7; next >= 0x80; shift += 7)
        {
            next = from[at++];
            number |= (ulong)(next & 0x7F) << shift;
        }

        return (long)number;
    }
}
