using System.Globalization;
using MailKit;
using MailKit.Net.Imap;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <content>New messages.</content>
public sealed partial class ImapAccount
{
    /// <summary>True if the server takes several messages in one command (MULTIAPPEND, RFC 3502): all of them or none.</summary>
    public bool CanAddTogether => _client.Capabilities.HasFlag(ImapCapabilities.MultiAppend);

    /// <summary>Puts messages into a folder, octet for octet, in one command. Literals are sent without waiting where the server lets (LITERAL+, LITERAL-).</summary>
    /// <param name="folder">The folder's full name.</param>
    /// <param name="messages">The messages: one, or several where the server takes several. They stay the caller's to dispose.</param>
    /// <param name="makes">True to make the folder if it is missing.</param>
    /// <param name="cancel">Ends it; what was not sent whole is not added.</param>
    /// <returns>Where they are, in their order.</returns>
    /// <exception cref="MailSessionException">There is no such folder, or the server refuses the messages, and has then taken none. After any other fault it is not known whether it has.</exception>
    public async Task<IReadOnlyList<ImapAddedMessage>> AddAsync(string folder, IReadOnlyList<MessageToAdd> messages, bool makes, CancellationToken cancel)
    {
        var target = await _connection.StepAsync(
            $"find the folder {folder}",
            async c => makes && !await IsThereAsync(folder, c).ConfigureAwait(false)
                ? await MakeAsync(folder, use: null, c).ConfigureAwait(false)
                : await FindAsync(folder, c).ConfigureAwait(false),
            cancel).ConfigureAwait(false);
        // RFC 7889: one for the folder counts before that of all.
        if ((target.AppendLimit ?? _client.AppendLimit) is { } limit && messages.FirstOrDefault(message => message.Length > limit) is { } big)
            throw new MailSessionException(MailSessionFault.TooBig, string.Create(CultureInfo.InvariantCulture, $"{_connection.Server} takes messages of up to {limit} octets into {folder} (APPENDLIMIT), and this one has {big.Length}. It was not sent."));
        var uids = await _connection.UploadAsync(
            messages.Count == 1 ? $"take the message into {folder}" : string.Create(CultureInfo.InvariantCulture, $"take {messages.Count} messages into {folder}"),
            (progressed, c) => AppendAsync(target, [.. messages.Select(message => RequestOf(message, progressed))], c),
            cancel).ConfigureAwait(false);
        return [.. messages.Select((message, index) => new ImapAddedMessage
        {
            Folder = target.FullName,
            UidValidity = index < uids.Count ? uids[index].Validity : null,
            Uid = index < uids.Count ? uids[index].Id : null,
            Size = message.Length,
            Source = message.Source,
        })];
    }

    private static async Task<IList<UniqueId>> AppendAsync(IMailFolder target, IList<IAppendRequest> requests, CancellationToken cancel)
    {
        if (requests.Count > 1)
            return await target.AppendAsync(OctetsAsMessage.Format, requests, cancel).ConfigureAwait(false);
        return await target.AppendAsync(OctetsAsMessage.Format, requests[0], cancel).ConfigureAwait(false) is { } uid ? [uid] : [];
    }

    private static AppendRequest RequestOf(MessageToAdd message, Action progressed)
    {
        var (system, keywords) = MessageFlagNames.Parse(message.Flags);
        var request = new AppendRequest(OctetsAsMessage.Of(message, progressed), system, keywords);
        if (message.InternalDate is { } date)
            request.InternalDate = date;
        return request;
    }
}
