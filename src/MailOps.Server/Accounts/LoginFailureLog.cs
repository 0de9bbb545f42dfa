using System.Globalization;
using System.Text;
using MailOps.Maildir.Disk;
using MailOps.Server.Connections;

namespace MailOps.Server.Accounts;

/// <summary>
/// Writes a line for each failed login into a file, as Dovecot (POP3, IMAP) and Postfix (SMTP) write it to the system's log: fail2ban's filters
/// for the two find the addresses there. Nothing that a client sends can begin a line or look like another field.
/// </summary>
/// <param name="path">The file; it is opened anew for each line, so that it may be renamed or removed at any time.</param>
/// <param name="hostName">The host's name in the lines.</param>
/// <param name="events">Hears if the file cannot be written.</param>
internal sealed class LoginFailureLog(string path, string hostName, ServerEvents events)
{
    private const int MostOfName = 128;

    // What the stock filter for Postfix knows by name, in any case of letters. Another mechanism is told as a login, and named behind it.
    private static readonly HashSet<string> PostfixKnows = new(StringComparer.Ordinal) { "PLAIN", "LOGIN", "CRAM-MD5", "DIGEST-MD5" };

    private readonly string _host = Clean(hostName, 64);
    private bool _isFailing;

    /// <summary>Makes the file if it is missing. Only the owner and the group may read it: it names accounts.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public void Probe() => Open().Dispose();

    /// <summary>Takes an event; writes nothing unless it is a failed login.</summary>
    public void Take(ServerEvent happened)
    {
        if (happened is not LoginFailed { Remote: not null } failed)
            return;

        try
        {
            using var file = Open();
            // One write with O_APPEND: lines of several processes do not mix.
            file.Write(Encoding.ASCII.GetBytes(LineFor(failed)));
            _isFailing = false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Said once, not with every login of an attack.
            if (!_isFailing)
                events.Publish(new ServerFaulted { Time = happened.Time, Exception = e });
            _isFailing = true;
        }
    }

    /// <summary>The line for a failed login, with its end.</summary>
    internal string LineFor(LoginFailed failed)
    {
        var address = failed.Remote!.Address;
        var from = (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString();
        var time = failed.Time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffffzzz", CultureInfo.InvariantCulture);
        var process = Environment.ProcessId;
        var user = Clean(failed.User ?? "", MostOfName);
        var mechanism = Clean(failed.Mechanism, 32);
        if (failed.Protocol is "pop3" or "imap")
            return string.Create(CultureInfo.InvariantCulture, $"{time} {_host} dovecot: {failed.Protocol}-login: Disconnected (auth failed, 1 attempts): user=<{user}>, method={mechanism}, rip={from}, session=<{failed.Connection}>\n");

        var (told, named) = PostfixKnows.Contains(mechanism) ? (mechanism, "") : ("login", $"sasl_method={mechanism}, ");
        return string.Create(CultureInfo.InvariantCulture, $"{time} {_host} postfix/{(failed.Protocol == "submission" ? "submission/" : "")}smtpd[{process}]: warning: unknown[{from}]: SASL {told} authentication failed: authentication failure, {named}sasl_username={user}\n");
    }

    private FileStream Open()
    {
        // Who opens a pipe that nobody reads waits for ever.
        if (OwnersDisk.NoFileAt(path, followsLinks: true) is { } other)
            throw new IOException($"What lies there is a {other}, and no file.");

        var options = new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        return new FileStream(path, options);
    }

    // Letters, digits and what addresses are made of: no line end, no bracket, no space, no comma, no equals sign.
    private static string Clean(string text, int most) =>
        string.Concat(text.Take(most).Select(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or '@' or '+' ? c : '?'));
}
