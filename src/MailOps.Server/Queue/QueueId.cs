using System.Security.Cryptography;

namespace MailOps.Server.Queue;

/// <summary>
/// The name of a message in the queue: the millisecond of its arrival and 20 bits more, as 13 digits of Crockford's base 32. Ids sort by
/// arrival, as text and as numbers.
/// </summary>
/// <param name="Value">44 bits of milliseconds since 1970, then 20 bits.</param>
internal readonly record struct QueueId(ulong Value)
{
    /// <summary>Characters of an id.</summary>
    public const int Length = 13;

    // Without I, L, O and U, which are taken for others.
    private const string Digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    private const int BitsOfDigit = 5;
    private const int BitsBelowTime = 20;

    private static long _last;

    /// <summary>When the message came.</summary>
    public DateTimeOffset Arrived => DateTimeOffset.FromUnixTimeMilliseconds((long)(Value >> BitsBelowTime));

    /// <summary>An id that no other message of this process has. One of another process has it with a chance of one in a million, if both come in the same millisecond.</summary>
    public static QueueId Next(TimeProvider clock) => Next(clock, ref _last);

    /// <summary>As <see cref="Next(TimeProvider)"/>, for who has a sequence of its own.</summary>
    internal static QueueId Next(TimeProvider clock, ref long sequence)
    {
        var now = (clock.GetUtcNow().ToUnixTimeMilliseconds() << BitsBelowTime) | (uint)RandomNumberGenerator.GetInt32(1 << BitsBelowTime);
        long last, next;
        do
        {
            last = Volatile.Read(ref sequence);
            // Within one millisecond, and while a clock that was set back has not caught up, ids go up one by one; a clock that a test set far back is believed.
            next = now > last || last - now > 1L << (BitsBelowTime + 22) ? now : last + 1;
        }
        while (Interlocked.CompareExchange(ref sequence, next, last) != last);

        return new QueueId((ulong)next);
    }

    /// <summary>Reads an id in the form of <see cref="ToString"/>; small letters are taken too.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out QueueId id)
    {
        id = default;
        if (text.Length != Length)
            return false;

        var value = 0UL;
        for (var i = 0; i < Length; i++)
        {
            var digit = Digits.IndexOf(char.ToUpperInvariant(text[i]), StringComparison.Ordinal);
            // The first digit has the four highest bits alone.
            if (digit < 0 || (i == 0 && digit > 15))
                return false;
            value = (value << BitsOfDigit) | (uint)digit;
        }

        id = new QueueId(value);
        return true;
    }

    /// <summary>The id as 13 digits.</summary>
    public override string ToString() => string.Create(Length, Value, static (text, value) =>
    {
        for (var i = Length - 1; i >= 0; i--, value >>= BitsOfDigit)
            text[i] = Digits[(int)(value & 31)];
    });
}
