using System.Text;
using MailOps.Sasl;
using MailOps.Server.Accounts.Schemes;

namespace MailOps.Server.Accounts;

/// <summary>What the file of accounts holds in the place of a password. Shows itself to nobody.</summary>
public sealed class AccountSecret
{
    private AccountSecret(string stored, IReadOnlyDictionary<ScramHash, string> beside)
    {
        Stored = stored;
        Beside = beside;
    }

    /// <summary>The scheme of new accounts: <c>ARGON2ID</c>.</summary>
    public static string DefaultScheme => PasswordSchemes.Default.Name;

    /// <summary>The schemes that can be made, the strongest first.</summary>
    public static IReadOnlyList<string> Schemes { get; } = [.. PasswordSchemes.All.Where(one => one.NotMadeBecause is null).Select(one => one.Name)];

    /// <summary>The password field: a scheme and a hash.</summary>
    internal string Stored { get; }

    /// <summary>SCRAM keys that stand beside it, in Dovecot's form.</summary>
    internal IReadOnlyDictionary<ScramHash, string> Beside { get; }

    /// <summary>Hashes a password. Takes some hundred milliseconds of one core.</summary>
    /// <param name="password">The password: 1 to 1024 octets of UTF-8, no control characters.</param>
    /// <param name="scheme">One of <see cref="Schemes"/> in any case.</param>
    /// <param name="scramKeys">
    /// Whether keys for SCRAM-SHA-256 are stored beside the hash, so that the account can log in without sending its
    /// password. Keys for SCRAM-SHA-1 are not: in a stolen file they would be the easiest to guess from, and whoever
    /// knows only that mechanism can use PLAIN inside TLS.
    /// </param>
    /// <exception cref="AccountException">The password or the scheme cannot be used.</exception>
    public static AccountSecret FromPassword(string password, string scheme, bool scramKeys)
    {
        if (password.Length == 0 || Encoding.UTF8.GetByteCount(password) > SaslLimits.MaxPassword)
            throw new AccountException(AccountFault.InvalidPassword, $"The password is empty or longer than {SaslLimits.MaxPassword} octets.");
        if (!SaslPrep.TryPrepare(password, out var prepared) || prepared.Length == 0)
            throw new AccountException(AccountFault.InvalidPassword, "The password holds control characters or others that no client could send (RFC 4013 section 2.3). Choose another.");

        var maker = PasswordSchemes.Find(scheme)
            ?? throw new AccountException(AccountFault.InvalidScheme, $"There is no password scheme '{scheme}'. Use one of {string.Join(", ", Schemes)}.");
        if (maker.NotMadeBecause is { } reason)
            throw new AccountException(AccountFault.InvalidScheme, $"{maker.Name} is read but not made: {reason}. Use one of {string.Join(", ", Schemes)}.");

        var beside = new Dictionary<ScramHash, string>();
        if (scramKeys && maker.Name != ScramHash.Sha256.Mechanism)
            beside.Add(ScramHash.Sha256, new ScramScheme(ScramHash.Sha256).Make(prepared));
        return new AccountSecret($"{{{maker.Name}}}{maker.Make(prepared)}", beside);
    }

    /// <summary>Takes a hash that was made elsewhere, such as by <c>doveadm pw</c>. SCRAM keys cannot be made from it.</summary>
    /// <param name="stored">The scheme in braces and the hash; without a scheme, a hash of crypt(5).</param>
    /// <exception cref="AccountException">The scheme is not known, or the hash is not of its form.</exception>
    public static AccountSecret FromHash(string stored)
    {
        if (!PasswordSchemes.TryRead(stored, out var scheme, out _))
        {
            throw new AccountException(AccountFault.InvalidHash,
                PasswordSchemes.NameOf(stored) is { } name && PasswordSchemes.Find(name) is { } known
                    ? $"The password hash is not of the form of {known.Name}, or its cost is out of bounds."
                    : $"The password hash names no scheme that is known. Write {{SCHEME}}hash with one of {string.Join(", ", PasswordSchemes.All.Select(one => one.Name))}.");
        }

        if (stored.Contains(':', StringComparison.Ordinal) || stored.Any(char.IsControl))
            throw new AccountException(AccountFault.InvalidHash, $"The {scheme.Name} hash holds a colon or a control character, which the file of accounts cannot carry.");

        return new AccountSecret(stored, new Dictionary<ScramHash, string>());
    }

    /// <summary>Says nothing.</summary>
    public override string ToString() => nameof(AccountSecret);
}
