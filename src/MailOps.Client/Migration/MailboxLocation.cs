using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using System.Text;
using MailOps.Client.Mailboxes;
using MailOps.Wire;

namespace MailOps.Client.Migration;

/// <summary>
/// Where a mailbox is, as one text: <c>imaps://ann@mail.example.com/</c>, <c>imap+plain://ann@localhost:10143/</c>,
/// <c>maildir:/var/mail/ann</c>. Two are equal if they are the same in their usual form.
/// </summary>
/// <remarks>
/// A user name has what is not a letter, a digit or one of <c>-._~!$&amp;'()*+,;=</c> in percent-encoded UTF-8 (RFC 3986
/// section 3.2.1); that is read also where it is not encoded, but for <c>%</c>, <c>:</c> and <c>/</c>. What stands before the
/// last <c>@</c> is the user. No password is in it, and no folder.
/// </remarks>
public sealed record MailboxLocation
{
    internal MailboxLocation(MailboxScheme scheme) => Scheme = scheme;

    /// <summary>How it is reached.</summary>
    public MailboxScheme Scheme { get; }

    /// <summary>The kind of mailbox.</summary>
    public MailboxKind Kind => Scheme.Kind;

    /// <summary>When the connection is secured; null for files.</summary>
    public TlsMode? Tls => Scheme.Tls;

    /// <summary>The server: a name in lower case (A-labels where needed) or an address, IPv6 without brackets; null for files.</summary>
    public string? Server { get; internal init; }

    /// <summary>The port; null for files.</summary>
    public int? Port { get; internal init; }

    /// <summary>The account, decoded; null if the address names none, and for files.</summary>
    public string? UserName { get; internal init; }

    /// <summary>The path of files, as it was given but for separators at its end; null for servers.</summary>
    public string? Path { get; internal init; }

    /// <summary>Reads an address.</summary>
    /// <exception cref="MigrationException"><see cref="MigrationFault.InvalidLocation"/>, with what is wrong and what to write.</exception>
    public static MailboxLocation Parse(string? text) =>
        TryParse(text, out var location, out var error) ? location : throw new MigrationException(MigrationFault.InvalidLocation, error);

    /// <summary>Reads an address.</summary>
    /// <param name="text">The address.</param>
    /// <param name="location">Where that is.</param>
    /// <param name="error">What is wrong and what to write instead, in sentences that repeat no password.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out MailboxLocation? location, [NotNullWhen(false)] out string? error)
    {
        (location, error) = MailboxLocationReader.Read(text ?? "");
        return location is not null;
    }

    /// <summary>The same kind of files at another path, which is made a full one.</summary>
    /// <exception cref="InvalidOperationException">It is on a server.</exception>
    public MailboxLocation At(string path) =>
        Path is null ? throw new InvalidOperationException($"{this} has no path.") : this with { Path = MailboxLocationReader.Trimmed(System.IO.Path.GetFullPath(path)) };

    /// <summary>The mailbox of who logs in: an address that names nobody gets the name. A master user's login has the mailbox's user before its star, as Dovecot has it: <c>ann*admin</c>.</summary>
    /// <exception cref="MigrationException">It is somebody else's: the login would lead to another mailbox than the address names.</exception>
    public MailboxLocation Of(string login)
    {
        if (UserName is null)
            return this with { UserName = login };
        return IsOf(login)
            ? this
            : throw new MigrationException(MigrationFault.InvalidLocation, $"{this} names the account {UserName}, and the login is that of {login}, which leads to another mailbox. Give the login of {UserName}, that of a master user as '{UserName}*{login}' or by the authorization identity {UserName}, or an address without a user.");
    }

    /// <summary>True for files that lie below those of another place, by their full paths.</summary>
    /// <param name="other">The other place.</param>
    public bool IsBelow(MailboxLocation other) =>
        Path is { } path && other.Path is { } above && path.Length > above.Length
        && path.StartsWith(System.IO.Path.EndsInDirectorySeparator(above) ? above : above + System.IO.Path.DirectorySeparatorChar, StringComparison.Ordinal);

    /// <summary>True if a login leads to this mailbox by itself: its user's, or a master user's.</summary>
    internal bool IsOf(string login) => UserName is null || login.Equals(UserName, StringComparison.OrdinalIgnoreCase) || login.StartsWith(UserName + "*", StringComparison.OrdinalIgnoreCase);

    /// <summary>The mailbox that an administrator opens by acting as somebody: an address that names nobody gets the name.</summary>
    /// <exception cref="MigrationException">It is somebody else's.</exception>
    public MailboxLocation As(string user)
    {
        if (UserName is null)
            return this with { UserName = user };
        return user.Equals(UserName, StringComparison.OrdinalIgnoreCase)
            ? this
            : throw new MigrationException(MigrationFault.InvalidLocation, $"{this} names the account {UserName}, and the authorization identity is {user}, which leads to another mailbox. Give {UserName}, or an address without a user.");
    }

    /// <summary>How to reach it.</summary>
    /// <param name="credential">Who logs in; one without a user name is who the address names. Null where a certificate says who it is.</param>
    /// <exception cref="InvalidOperationException">It is no server's.</exception>
    public MailboxOptions ToOptions(NetworkCredential? credential) => new()
    {
        Server = Server ?? throw new InvalidOperationException($"{this} is on no server."),
        Port = Port!.Value,
        Tls = Tls!.Value,
        Credential = credential is { UserName: "" } && UserName is not null ? new NetworkCredential(UserName, credential.SecurePassword) : credential,
    };

    /// <summary>The address in its usual form: the port only where it is another than the usual one.</summary>
    public override string ToString()
    {
        if (Server is null)
            return Scheme.Prefix + Path;
        var text = new StringBuilder(Scheme.Prefix);
        if (UserName is not null)
            text.Append(Encoded(UserName)).Append('@');
        text.Append(Server.Contains(':', StringComparison.Ordinal) ? $"[{Server.Replace("%", "%25", StringComparison.Ordinal)}]" : Server);
        if (Port != Scheme.Port)
            text.Append(CultureInfo.InvariantCulture, $":{Port}");
        return text.Append('/').ToString();
    }

    // RFC 3986 section 2.3: unreserved, and section 2.2: sub-delims.
    private static string Encoded(string user)
    {
        var text = new StringBuilder();
        foreach (var octet in Encoding.UTF8.GetBytes(user))
        {
            if (char.IsAsciiLetterOrDigit((char)octet) || "-._~!$&'()*+,;=".Contains((char)octet, StringComparison.Ordinal))
                text.Append((char)octet);
            else
                text.Append(CultureInfo.InvariantCulture, $"%{octet:X2}");
        }

        return text.ToString();
    }
}
