using MailOps.Server.Accounts;
using MailOps.Server.Accounts.Files;
using MailOps.Smtp;

namespace MailOps.Server.Queue.Forwarding;

/// <summary>
/// Gives forwarded mail a return path of ours (SRS), so that SPF passes at the next server, and knows where mail for such a path goes. The
/// secrets are in the file <c>srs</c> of the store, which is made when one is needed first and read when it has changed.
/// </summary>
/// <param name="storePath">The store's folder.</param>
/// <param name="clock">The time.</param>
internal sealed class SenderRewriter(string storePath, TimeProvider clock)
{
    /// <summary>The file's name in a store.</summary>
    public const string NameInStore = "srs";

    private const UnixFileMode Others = UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly AtomicFile<SrsSecrets> _file = new(Path.Combine(storePath, NameInStore), clock);
    private volatile WatchedFile<SrsSecrets>? _watched;
    private volatile OutboundOptions _options = new();

    /// <summary>The file of secrets.</summary>
    public string FilePath => _file.Path;

    /// <summary>What holds from now on; paths that were given out before are known all the same.</summary>
    public void Configure(OutboundOptions options) => _options = options;

    /// <summary>The return path of a forwarded copy.</summary>
    /// <param name="sender">The sender of the message, who is elsewhere, or nobody.</param>
    /// <param name="via">The address here that it is forwarded for.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Null if it keeps that of the message: nobody's, one that would become too long, or any where that is asked for.</returns>
    /// <exception cref="IOException">The secrets cannot be read or made, or others may read them.</exception>
    /// <exception cref="UnauthorizedAccessException">The secrets may not be read or made.</exception>
    public async ValueTask<string?> ReturnPathAsync(SmtpPath sender, string via, CancellationToken cancel)
    {
        if (sender.IsNull || _options.SenderRewriting is SenderRewriting.None)
            return null;
        if (Secrets() is not [var secret, ..])
        {
            await _file.UpdateAsync(secrets => secrets.All.Count > 0 ? null : SrsSecrets.Make(), cancel);
            secret = Secrets()[0];
        }

        var domain = _options.SrsDomain is { } named && AccountName.TryDomain(named, out var ascii) ? ascii : via[(via.LastIndexOf('@') + 1)..];
        return SrsAddress.Rewrite(sender, domain, secret, clock.GetUtcNow())?.ToString();
    }

    /// <summary>Where mail for a return path goes.</summary>
    /// <param name="path">A path of the scheme.</param>
    /// <exception cref="IOException">The secrets cannot be read, or others may read them.</exception>
    /// <exception cref="UnauthorizedAccessException">The secrets may not be read.</exception>
    public SrsAddress.Reading Read(SmtpPath path) => SrsAddress.Read(path, Secrets(), clock.GetUtcNow());

    /// <summary>What is wrong with the rights of the file of secrets, as a sentence; null if nothing is.</summary>
    public static string? Exposure(string path) =>
        !OperatingSystem.IsWindows() && File.Exists(path) && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None
            ? $"The file '{path}' holds the secrets of return paths and is open to others, who could send anybody mail through this server: it is not used. Run 'chmod 600 {path}'."
            : null;

    private IReadOnlyList<byte[]> Secrets()
    {
        if (Exposure(_file.Path) is { } problem)
            throw new IOException(problem);
        // One that was there and is gone is no error: paths that it signed are strangers' from then on.
        if (PosixFiles.Stat(_file.Path) is null)
            _watched = null;
        return (_watched ??= new WatchedFile<SrsSecrets>(_file)).Current().All;
    }
}
