using System.Security.Cryptography;
using System.Text;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Forwarding;

/// <summary>
/// Return paths of the Sender Rewriting Scheme, as libsrs2 and postsrsd make and read them: <c>SRS0=hash=day=domain=local@ours</c> for a sender,
/// <c>SRS1=hash=host=rest@ours</c> for one that another forwarder has rewritten. The hash is the beginning of an HMAC with SHA-1, compared
/// without case, since some servers do not keep it.
/// </summary>
/// <remarks>
/// The scheme hashes the parts without anything between them, so that they can be shifted against each other by who has seen a path, and
/// chooses what is hashed by who sends. What is read is therefore narrower than what fits:
/// <list type="bullet">
/// <item>The stamp is two digits, and '=' is none: nothing moves between it and the host, and every path ends.</item>
/// <item>A host has no '=', and its end and the beginning of the user may change places. That leads to another address on the same day only, which the sender
/// could have given as his own: nothing is gained.</item>
/// <item>The first two letters of the host of an SRS1 path could be read as a stamp of any day. The rest of one has at least three '=' behind its separator,
/// which a host cannot take in, and the user of an SRS0 path at most two: neither can be read as the other.</item>
/// <item>Host and rest of an SRS1 path may change places too, where a '-' of the host is taken for a separator. It leads to an SRS0 address at the host that
/// is left, which the sender could have given as his own as well; whether it is good is that host's to say.</item>
/// </list>
/// </remarks>
internal static class SrsAddress
{
    /// <summary>For how many days an address is good.</summary>
    public const int MostDays = 21;

    // RFC 5321 section 4.5.3.1.3: 256 octets with the brackets.
    private const int LongestPath = 254;
    private const int HashLength = 4;
    private const int LongestHash = 27;
    private const int Slots = 1024;
    private const string Digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const string Separators = "=-+";

    // hash=stamp=host=user, behind the separator.
    private const int RestSigns = 3;

    /// <summary>What an address says.</summary>
    /// <param name="Original">Where mail for it goes, or null.</param>
    /// <param name="Problem">Why it goes nowhere, to be put behind the address and a colon; null if it does.</param>
    internal readonly record struct Reading(SmtpPath? Original, string? Problem);

    /// <summary>True for an address of the scheme, whoever made it.</summary>
    public static bool IsOne(SmtpPath path) => IsTagged(path.LocalPart, '0') || IsTagged(path.LocalPart, '1');

    /// <summary>The return path at a domain of ours for mail of a sender elsewhere.</summary>
    /// <param name="sender">The sender; not the null path.</param>
    /// <param name="domain">The domain of ours.</param>
    /// <param name="secret">What the hash is made with.</param>
    /// <param name="now">The time.</param>
    /// <returns>Null if it would be longer than a path may be, its local part may have more than 64 octets; if its local part has three '=' or more and is no path of another forwarder; or if the sender could not be read out of it again.</returns>
    public static SmtpPath? Rewrite(SmtpPath sender, string domain, byte[] secret, DateTimeOffset now)
    {
        // No host has such a name, an address literal that has it is none, and nobody is called nothing.
        if (sender.Domain.Contains('=', StringComparison.Ordinal) || sender.LocalPart.Length == 0)
            return null;
        if (Rewrite(sender, secret, DayOf(now)) is not { } local)
            return null;
        var path = new SmtpPath(local, domain);
        return Encoding.UTF8.GetByteCount(path.ToString()) <= LongestPath ? path : null;
    }

    /// <summary>Reads an address that is one of the scheme.</summary>
    /// <param name="path">The address.</param>
    /// <param name="secrets">What its hash may have been made with.</param>
    /// <param name="now">The time.</param>
    public static Reading Read(SmtpPath path, IReadOnlyList<byte[]> secrets, DateTimeOffset now)
    {
        const string Malformed = "is no whole return path: a part of it is missing";
        var local = path.LocalPart;
        if (IsTagged(local, '0'))
        {
            if (local[5..].Split('=', 4) is not [var hash, var day, { Length: > 0 } host, { Length: > 0 } user])
                return new Reading(null, Malformed);
            return AgeOf(day, now) is not { } age ? Timeless
                : IsRest(user) ? new Reading(null, "is no return path: its sender has three '=' or more, as one of SRS1 has")
                : !Fits(secrets, hash, day, host, user) ? Foreign
                : age > MostDays ? Old
                : new Reading(new SmtpPath(user, host), null);
        }

        if (local[5..].Split('=', 3) is not [var outer, { Length: > 0 } first, { Length: > 1 } rest] || !IsFirst(rest))
            return new Reading(null, Malformed);
        return !Fits(secrets, outer, first, rest) ? Foreign
            : AgeOf(rest[1..].Split('=', 3)[1], now) > MostDays ? Old
            : new Reading(new SmtpPath("SRS0" + rest, first), null);
    }

    private static Reading Foreign => new(null, "is no return path of this server: its hash does not fit");

    private static Reading Timeless => new(null, "is no return path of this server: its stamp is no day, which is two of the letters A to Z and digits 2 to 7");

    private static Reading Old => new(null, string.Create(System.Globalization.CultureInfo.InvariantCulture, $"is a return path of more than {MostDays} days ago"));

    // The local part, or null where it could be taken for the other kind.
    private static string? Rewrite(SmtpPath sender, byte[] secret, string day)
    {
        var local = sender.LocalPart;
        // What was forwarded before comes back to who did so first: it alone knows the sender, and the path does not grow.
        if (IsTagged(local, '1') && local[5..].Split('=', 3) is [_, { Length: > 0 } first, { Length: > 0 } rest] && IsFirst(rest))
            return $"SRS1={Hash(secret, first, rest)[..HashLength]}={first}={rest}";
        if (IsTagged(local, '0') && IsFirst(local[4..]))
            return $"SRS1={Hash(secret, sender.Domain, local[4..])[..HashLength]}={sender.Domain}={local[4..]}";
        return IsRest(local) ? null : $"SRS0={Hash(secret, day, sender.Domain, local)[..HashLength]}={day}={sender.Domain}={local}";
    }

    // What is behind SRS0 in a path of the first forwarder.
    private static bool IsFirst(string rest) => Separators.Contains(rest[0], StringComparison.Ordinal) && IsRest(rest[1..]);

    private static bool IsRest(string local) => local.Count(letter => letter == '=') >= RestSigns;

    private static bool IsTagged(string local, char number) =>
        local.Length > 5 && local.StartsWith("SRS", StringComparison.OrdinalIgnoreCase) && local[3] == number && Separators.Contains(local[4], StringComparison.Ordinal);

    private static bool Fits(IReadOnlyList<byte[]> secrets, string hash, params string[] parts) =>
        hash.Length is >= HashLength and <= LongestHash
        && secrets.Any(secret => CryptographicOperations.FixedTimeEquals(Lower(Hash(secret, parts)[..hash.Length]), Lower(hash)));

    private static string Hash(byte[] secret, params string[] parts) =>
        Convert.ToBase64String(HMACSHA1.HashData(secret, Lower(string.Concat(parts))));

    // Of ASCII alone, as the C library does it.
    private static byte[] Lower(string text)
    {
        var octets = Encoding.UTF8.GetBytes(text);
        for (var i = 0; i < octets.Length; i++)
            octets[i] = octets[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(octets[i] | 0x20) : octets[i];
        return octets;
    }

    private static string DayOf(DateTimeOffset now)
    {
        var day = Day(now);
        return $"{Digits[day / 32]}{Digits[day % 32]}";
    }

    private static int Day(DateTimeOffset now) => (int)(now.ToUnixTimeSeconds() / 86400 % Slots);

    // In days, or null for what is no stamp: in the hands of another forwarder it may be anything.
    private static int? AgeOf(string stamp, DateTimeOffset now) =>
        stamp.Length == 2 && Digits.IndexOf(char.ToUpperInvariant(stamp[0]), StringComparison.Ordinal) is >= 0 and var high && Digits.IndexOf(char.ToUpperInvariant(stamp[1]), StringComparison.Ordinal) is >= 0 and var low
            ? (Day(now) - ((high * 32) + low) + Slots) % Slots
            : null;
}
