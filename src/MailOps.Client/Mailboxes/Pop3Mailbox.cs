using System.Runtime.CompilerServices;
using MailKit.Net.Pop3;
using MailOps.Wire;

namespace MailOps.Client.Mailboxes;

/// <summary>A POP3 mailbox, open for one session. Deletions are marks until <see cref="CommitAsync"/>; a session that ends otherwise deletes nothing (RFC 1939 section 6).</summary>
public sealed class Pop3Mailbox : IAsyncDisposable
{
    private readonly Pop3Client _client;
    private readonly MailboxConnection _connection;
    private readonly string _server;

    private Pop3Mailbox(Pop3Client client, MailboxConnection connection, string server)
    {
        _client = client;
        _connection = connection;
        _server = server;
    }

    /// <summary>How many messages there are.</summary>
    public int Count => _client.Count;

    /// <summary>What is wrong with the certificate where that was not allowed to matter, or null.</summary>
    public string? CertificateProblem => _connection.CertificateProblem;

    /// <summary>The SASL mechanism that logged in, or null where it was the protocol's own command.</summary>
    public string? AuthMechanism => _connection.AuthMechanism;

    /// <summary>Connects and logs in.</summary>
    /// <exception cref="MailSessionException">No connection, no TLS, no login, or a server that is silent or speaks something else.</exception>
    public static async Task<Pop3Mailbox> OpenAsync(MailboxOptions options, TimeProvider clock, CancellationToken cancel)
    {
        var reply = new LastReply();
        var tls = new LibraryTls(options.ClientCertificate);
        var client = new SecuredPop3Client(reply, tls);
        var connection = new MailboxConnection(client, reply, tls, options, clock);
        try
        {
            await connection.OpenAsync(cancel).ConfigureAwait(false);
            return new Pop3Mailbox(client, connection, options.Server);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Reads messages one after the other, in the order of their numbers.</summary>
    /// <param name="uidls">The unique ids of those wanted; null for all. Ids that are not there are not an error.</param>
    /// <param name="headersOnly">True to read headers only, with TOP where the server has it.</param>
    /// <param name="first">How many at the most; null for all.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="MailSessionException">The server is silent, leaves, refuses, or has no unique ids although they are asked for.</exception>
    public async IAsyncEnumerable<Pop3Message> ReadAsync(IReadOnlyCollection<string>? uidls, bool headersOnly, int? first, [EnumeratorCancellation] CancellationToken cancel = default)
    {
        if (_client.Count == 0 || first is <= 0)
            yield break;

        var ids = await ReadUidlsAsync(uidls is not null, cancel).ConfigureAwait(false);
        var sizes = await _connection.StepAsync("list its messages", c => _client.GetMessageSizesAsync(c), cancel).ConfigureAwait(false);
        var wanted = uidls?.ToHashSet(StringComparer.Ordinal);
        var top = headersOnly && _client.Capabilities.HasFlag(Pop3Capabilities.Top);
        var read = 0;
        for (var index = 0; index < sizes.Count && (first is null || read < first); index++)
        {
            var uidl = index < ids?.Count ? ids[index] : null;
            if (wanted is not null && (uidl is null || !wanted.Contains(uidl)))
                continue;

            var number = index;
            var octets = await _connection.StepAsync(
                $"send message {number + 1}",
                async c =>
                {
                    var message = await _client.GetStreamAsync(number, top, c).ConfigureAwait(false);
                    await using (message.ConfigureAwait(false))
                        return await MailboxConnection.ReadOctetsAsync(message, c).ConfigureAwait(false);
                },
                cancel).ConfigureAwait(false);
            read++;
            yield return new Pop3Message(octets, headersOnly) { Number = number + 1, Size = sizes[index], Uidl = uidl };
        }
    }

    /// <summary>Marks a message for deletion.</summary>
    public Task DeleteAsync(Pop3Message message, CancellationToken cancel) =>
        _connection.StepAsync($"delete message {message.Number}", c => _client.DeleteMessageAsync(message.Number - 1, c), cancel);

    /// <summary>Ends the session with QUIT: what was marked is deleted.</summary>
    public Task CommitAsync(CancellationToken cancel) =>
        _connection.StepAsync("answer QUIT", c => _client.DisconnectAsync(quit: true, c), cancel);

    /// <summary>Closes the connection. Without <see cref="CommitAsync"/> before, nothing is deleted.</summary>
    public ValueTask DisposeAsync()
    {
        _connection.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<IList<string>?> ReadUidlsAsync(bool required, CancellationToken cancel)
    {
        if (_client.Capabilities.HasFlag(Pop3Capabilities.UIDL))
            return await _connection.StepAsync("list its unique ids", c => _client.GetMessageUidsAsync(c), cancel).ConfigureAwait(false);

        return required
            ? throw new MailSessionException(MailSessionFault.CommandRefused, $"{_server} has no unique ids (UIDL). Select messages by what their objects say instead.")
            : null;
    }
}
