using MailOps.Client.Mailboxes;
using MailOps.Wire;

namespace MailOps.Client.Migration.Pop3;

/// <summary>
/// A maildrop of a POP3 server that is copied or compared: one folder, INBOX, which nothing is deleted from. One session at a time has it open, since a
/// server lets no other in.
/// </summary>
/// <param name="name">Which it is, in messages.</param>
/// <param name="options">Where and how.</param>
/// <param name="clock">The clock.</param>
public sealed class Pop3MailboxEnd(string name, MailboxOptions options, TimeProvider clock) : IMailboxReader
{
    private const string Inbox = "INBOX";
    private readonly SemaphoreSlim _turn = new(1);
    private Pop3Mailbox? _idle;

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public bool KnowsFlagsAndDates => false;

    /// <summary>What is wrong with the server's certificate where that was not allowed to matter, or null.</summary>
    public string? CertificateProblem { get; private set; }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<MailFolder>> ListAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        try
        {
            _idle ??= await ConnectAsync(cancel).ConfigureAwait(false);
            return [new MailFolder { Name = Inbox, Levels = [Inbox], Messages = _idle.Count }];
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public async Task<IFolderReader> OpenAsync(string folder, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel).ConfigureAwait(false);
        Pop3Mailbox? mailbox = null;
        try
        {
            // The session that counted the messages; one that has rested too long is gone, and another takes its place.
            (mailbox, _idle) = (_idle, null);
            if (mailbox is not null && !await IsThereAsync(mailbox, cancel).ConfigureAwait(false))
            {
                await mailbox.DisposeAsync().ConfigureAwait(false);
                mailbox = null;
            }

            mailbox ??= await ConnectAsync(cancel).ConfigureAwait(false);
            return new Pop3FolderEnd(this, mailbox, await mailbox.ListAsync(cancel).ConfigureAwait(false));
        }
        catch
        {
            if (mailbox is not null)
                await mailbox.DisposeAsync().ConfigureAwait(false);
            _turn.Release();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_idle is { } idle)
            await EndAsync(idle).ConfigureAwait(false);
        _turn.Dispose();
    }

    /// <summary>Takes the session back that a folder used.</summary>
    internal async ValueTask ReturnAsync(Pop3Mailbox mailbox, bool isUsable)
    {
        if (isUsable)
            await EndAsync(mailbox).ConfigureAwait(false);
        else
            await mailbox.DisposeAsync().ConfigureAwait(false);
        _turn.Release();
    }

    private async Task<Pop3Mailbox> ConnectAsync(CancellationToken cancel)
    {
        var mailbox = await Pop3Mailbox.OpenAsync(options, clock, cancel).ConfigureAwait(false);
        CertificateProblem = mailbox.CertificateProblem;
        return mailbox;
    }

    private static async Task<bool> IsThereAsync(Pop3Mailbox mailbox, CancellationToken cancel)
    {
        try
        {
            await mailbox.ListAsync(cancel).ConfigureAwait(false);
            return true;
        }
        catch (MailSessionException e) when (e.Fault is MailSessionFault.ConnectionLost or MailSessionFault.TimedOut)
        {
            return false;
        }
    }

    // Nothing is marked: QUIT only says goodbye, so that the server lets others in at once.
    private static async ValueTask EndAsync(Pop3Mailbox mailbox)
    {
        try
        {
            await mailbox.CommitAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (MailSessionException)
        {
            // It is left in any case.
        }

        await mailbox.DisposeAsync().ConfigureAwait(false);
    }
}
