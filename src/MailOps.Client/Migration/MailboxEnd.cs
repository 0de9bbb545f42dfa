using System.Net;
using MailOps.Client.Mailboxes;
using MailOps.Client.Migration.Files;
using MailOps.Client.Migration.Imap;
using MailOps.Client.Migration.Maildirs;
using MailOps.Client.Migration.Pop3;
using MailOps.Wire;

namespace MailOps.Client.Migration;

/// <summary>A mailbox that is open at its address, to be read from or written to.</summary>
public sealed class MailboxEnd : IAsyncDisposable
{
    private readonly IAsyncDisposable _mailbox;

    private MailboxEnd(string name, IAsyncDisposable mailbox) => (Name, _mailbox) = (name, mailbox);

    /// <summary>Its address.</summary>
    public string Name { get; }

    /// <summary>What is wrong with the server's certificate where that was not allowed to matter, or null.</summary>
    public string? CertificateProblem => (_mailbox as ImapMailboxEnd)?.CertificateProblem ?? (_mailbox as Pop3MailboxEnd)?.CertificateProblem;

    /// <summary>What was left out when its folders were listed, and why.</summary>
    /// <param name="isWanted">True for the path of a folder that is meant, of which it is told; null for all.</param>
    public IReadOnlyList<string> LeftOutOf(Predicate<string>? isWanted) => Reader.LeftOutOf(isWanted);

    /// <summary>The mailbox, to be read.</summary>
    public IMailboxReader Reader => (IMailboxReader)_mailbox;

    /// <summary>The mailbox, to be written to.</summary>
    /// <exception cref="MigrationException">It can be read alone.</exception>
    public IMailboxWriter Writer => _mailbox as IMailboxWriter
        ?? throw new MigrationException(MigrationFault.KindNotSupported, $"{Name} can be read and not written to: POP3 takes no messages. Name it as the mailbox that is copied from, or as the reference of a comparison.");

    /// <summary>Opens a mailbox. A server is connected to when it is first asked for something.</summary>
    /// <exception cref="MigrationException">The address is of a kind that cannot be copied.</exception>
    /// <exception cref="MailOps.Maildir.MailStoreException">There is no Maildir, or it cannot be read.</exception>
    /// <exception cref="IOException">There are no such files, or they cannot be read.</exception>
    public static async Task<MailboxEnd> OpenAsync(MailboxLocation location, MailboxEndOptions options, TimeProvider clock, CancellationToken cancel)
    {
        var name = location.ToString();
        if (options.Query is not null && location.Kind is not MailboxKind.Imap)
            throw new MigrationException(MigrationFault.KindNotSupported, $"{name} is on no IMAP server, which alone searches by a query. Leave the query out, or choose messages by date, size and flags.");
        return location.Kind switch
        {
            MailboxKind.Imap => new MailboxEnd(name, new ImapMailboxEnd(name, Server(location, options), clock) { Query = options.Query, Labels = options.IsMade ? null : options.GmailLabels }),
            MailboxKind.Pop3 => new MailboxEnd(name, new Pop3MailboxEnd(name, Server(location, options), clock)),
            MailboxKind.Maildir => new MailboxEnd(name, await MaildirMailboxEnd.OpenAsync(name, location.Path!, options.IsMade, cancel).ConfigureAwait(false)),
            MailboxKind.Mbox => new MailboxEnd(name, MboxMailboxEnd.Open(name, location.Path!, options.MboxDialect, options.IsMade)),
            MailboxKind.Eml => new MailboxEnd(name, EmlMailboxEnd.Open(name, location.Path!, options.IsMade)),
            _ => throw new MigrationException(MigrationFault.KindNotSupported, $"{name} cannot be copied from or to: give an address that begins with imaps:, imap:, imap+plain:, maildir:, mbox: or eml:."),
        };
    }

    private static MailboxOptions Server(MailboxLocation location, MailboxEndOptions options) =>
        location.ToOptions(options.Tokens is null ? options.Credential : new NetworkCredential(location.UserName, "")) with
        {
            AuthorizationId = options.AuthorizationId,
            Tokens = options.Tokens,
            SkipCertificateCheck = options.SkipCertificateCheck,
            CertificatePins = options.CertificatePins,
            Compression = options.Compression,
            Timeout = options.Timeout,
        };

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _mailbox.DisposeAsync();
}
