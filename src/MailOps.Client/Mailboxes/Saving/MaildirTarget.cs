using MailOps.Client.Maildirs;
using MailOps.Maildir;

namespace MailOps.Client.Mailboxes.Saving;

/// <summary>A folder of a Maildir as the place where messages are saved, under the locks that servers use on it.</summary>
public sealed class MaildirTarget : IMessageTarget
{
    private readonly MaildirInPlace _maildir;
    private readonly string _folder;

    private MaildirTarget(MaildirInPlace maildir, string folder) => (_maildir, _folder) = (maildir, folder);

    /// <summary>Opens a Maildir and a folder of it; what is not there is made.</summary>
    /// <param name="path">The Maildir.</param>
    /// <param name="folder">The folder's full name.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <exception cref="MailStoreException">There is something else, or it cannot be written.</exception>
    /// <exception cref="MaildirException">No folder can have that name.</exception>
    public static async Task<MaildirTarget> OpenAsync(string path, string folder, CancellationToken cancel)
    {
        var maildir = await MaildirInPlace.CreateAsync(path, options: null, cancel).ConfigureAwait(false);
        try
        {
            if (await maildir.Account.CreateAsync(folder, cancel).ConfigureAwait(false) == MailboxOutcome.InvalidName)
                throw new MaildirException(MaildirFault.InvalidFolderName, $"No folder of '{path}' can be called '{folder}': the name {maildir.Account.RuleAgainst(folder) ?? "cannot be used"}.");
            return new MaildirTarget(maildir, folder);
        }
        catch
        {
            await maildir.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    public ValueTask<IMessageInSaving> BeginAsync(Pop3Entry entry, CancellationToken cancel) => ValueTask.FromResult<IMessageInSaving>(new Delivery(_maildir, _folder));

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _maildir.DisposeAsync();

    private sealed class Delivery(MaildirInPlace maildir, string folder) : IMessageInSaving
    {
        private readonly IDelivery _delivery = maildir.BeginDelivery();
        private CrlfLines _lines;

        public ValueTask WriteAsync(ReadOnlyMemory<byte> octets, CancellationToken cancel)
        {
            _lines.Write(_delivery, octets.Span);
            return _delivery.DrainAsync();
        }

        public async ValueTask<SavedPlace> CommitAsync(CancellationToken cancel)
        {
            var added = await maildir.Account.AppendAsync(folder, [new MessageToAppend(_delivery, new MessageFlagSet(SystemFlags.None), InternalDate: null)], cancel).ConfigureAwait(false)
                ?? throw new MaildirException(MaildirFault.FolderNotFound, $"The folder '{folder}' of '{maildir.Path}' is not there any more.");
            return new SavedPlace(maildir.Path, WasThere: false, added[0].Uid);
        }

        public ValueTask DisposeAsync() => _delivery.DisposeAsync();
    }
}
