using System.Net;
using MailOps.Server.Queue.Routing;

namespace MailOps.Server.Queue.Security;

/// <summary>
/// The logins of this server at others, from the file <c>relay-logins</c> of the store: a line for each, a target and <c>user:password</c>
/// behind white space, as Postfix has them in <c>smtp_sasl_password_maps</c>. It is read when it has changed.
/// </summary>
/// <param name="path">The file; it need not be there.</param>
internal sealed class RelayLogins(string path)
{
    // More than anybody has logins; what is larger is another file.
    private const long MostOctets = 1024 * 1024;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private sealed record Content(DateTime Written, long Length, IReadOnlyList<(RouteTarget Target, NetworkCredential Login)> Logins, string? Problem);

    private volatile Content? _content;

    /// <summary>The login for a target.</summary>
    /// <param name="target">The target. One with a login of its own has that alone.</param>
    /// <param name="login">The login, or null where none is kept.</param>
    /// <param name="problem">Why the file or the login cannot be used, as a sentence; null if it can.</param>
    /// <returns>False if there is a problem.</returns>
    public bool TryFind(RouteTarget target, out NetworkCredential? login, out string? problem)
    {
        var content = Read();
        login = null;
        problem = content.Problem;
        if (problem is not null)
            return false;
        login = content.Logins.FirstOrDefault(one => Fits(one.Target, one.Login, target)).Login;
        if (login is null && target.Login is not null)
            problem = $"The file '{path}' has no login '{target.Login}' for {target}. Add a line: [{target.Host}]{(target.Port is { } port ? $":{port}" : "")} {target.Login}:password";
        return problem is null;
    }

    private static bool Fits(RouteTarget kept, NetworkCredential login, RouteTarget target) =>
        kept.Host == target.Host && kept.Port == target.Port && kept.UsesMx == target.UsesMx && !target.IsLmtp && (target.Login is null || login.UserName == target.Login);

    private Content Read()
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                return new Content(default, 0, [], null);
            if (_content is { } known && known.Written == file.LastWriteTimeUtc && known.Length == file.Length && known.Problem is null)
                return known;
            var content = new Content(file.LastWriteTimeUtc, file.Length, [], Look(file));
            if (content.Problem is null)
                content = Parse(content, File.ReadAllLines(path));
            return _content = content;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Content(default, 0, [], $"The logins for other servers cannot be read from '{path}': {e.Message}");
        }
    }

    private string? Look(FileInfo file)
    {
        if (file.Length > MostOctets)
            return $"The file '{path}' has {file.Length} octets: it is no file of logins.";
        // Windows gives what lies in a profile to its owner; rights there are lists, not bits.
        if (!OperatingSystem.IsWindows() && (file.UnixFileMode & Others) != UnixFileMode.None)
            return $"The file '{path}' holds passwords and is open to others: it is not used. Run 'chmod 600 {path}'.";
        return null;
    }

    private Content Parse(Content content, string[] lines)
    {
        var logins = new List<(RouteTarget Target, NetworkCredential Login)>();
        for (var i = 0; i < lines.Length; i++)
        {
            var line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            var space = line.AsSpan().IndexOfAny(' ', '\t');
            var login = space < 0 ? "" : line[space..].TrimStart();
            var colon = login.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || colon == login.Length - 1)
                return content with { Problem = $"'{path}', line {i + 1}: a line is a target, white space, and user:password." };
            if (!RouteTarget.TryParse(line[..space], out var target, out var error))
                return content with { Problem = $"'{path}', line {i + 1}: {error}" };
            if (target.IsLmtp || target.Login is not null)
                return content with { Problem = $"'{path}', line {i + 1}: the target is a domain or a host in brackets, spoken to with SMTP." };
            logins.Add((target, new NetworkCredential(login[..colon], login[(colon + 1)..])));
        }

        return content with { Logins = logins };
    }
}
