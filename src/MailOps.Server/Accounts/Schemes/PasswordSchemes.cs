using System.Diagnostics.CodeAnalysis;

namespace MailOps.Server.Accounts.Schemes;

/// <summary>The schemes that can be checked, one line each.</summary>
internal static class PasswordSchemes
{
    /// <summary>What new accounts get.</summary>
    public static PasswordScheme Default { get; } = new Argon2IdScheme();

    /// <summary>All of them, the strongest first.</summary>
    public static IReadOnlyList<PasswordScheme> All { get; } =
    [
        Default,
        new BcryptScheme(),
        new Sha512CryptScheme(),
        new ScramScheme(Sasl.ScramHash.Sha256),
        new ScramScheme(Sasl.ScramHash.Sha1),
        new SaltedSha1Scheme(),
        new CramMd5Scheme(),
        new PlainScheme("PLAIN"),
        new PlainScheme("CLEARTEXT"),
    ];

    /// <summary>The scheme of that name in any case, or null.</summary>
    public static PasswordScheme? Find(string name) =>
        All.FirstOrDefault(one => string.Equals(one.Name, name, StringComparison.OrdinalIgnoreCase));

    /// <summary>The name before the hash, <c>CRYPT</c> where none stands there (Dovecot's default), or null for an empty field.</summary>
    public static string? NameOf(string stored) =>
        stored.Length == 0 ? null
        : TrySplit(stored, out var name, out var hash) ? SchemeOfCrypt(name, hash)?.Name ?? name.ToUpperInvariant()
        : null;

    /// <summary>Reads a stored password.</summary>
    /// <param name="stored">The field of the file.</param>
    /// <param name="scheme">How it is checked.</param>
    /// <param name="hash">What is checked.</param>
    /// <returns>False if the scheme is not known or the hash is not of its form: nobody can log in with it.</returns>
    public static bool TryRead(string stored, [NotNullWhen(true)] out PasswordScheme? scheme, out string hash)
    {
        scheme = null;
        if (TrySplit(stored, out var name, out hash))
            scheme = SchemeOfCrypt(name, hash) ?? Find(name);
        return scheme?.IsWellFormed(hash) == true;
    }

    // "CRYPT", or no scheme at all, means: see what stands between the first dollar signs (crypt(5)).
    private static PasswordScheme? SchemeOfCrypt(string name, string hash)
    {
        if (!string.Equals(name, "CRYPT", StringComparison.OrdinalIgnoreCase))
            return null;

        return hash.StartsWith("$6$", StringComparison.Ordinal) ? Find("SHA512-CRYPT")
            : hash.StartsWith("$2", StringComparison.Ordinal) ? Find("BLF-CRYPT")
            : hash.StartsWith("$argon2id$", StringComparison.Ordinal) ? Default
            : null;
    }

    private static bool TrySplit(string stored, out string name, out string hash)
    {
        (name, hash) = ("CRYPT", stored);
        if (!stored.StartsWith('{'))
            return stored.Length > 0;

        var end = stored.IndexOf('}', StringComparison.Ordinal);
        if (end < 2)
            return false;

        (name, hash) = (stored[1..end], stored[(end + 1)..]);
        return true;
    }
}
