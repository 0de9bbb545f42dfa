using MailOps.Client.Mailboxes;
using MailOps.Wire;
using Xunit;

namespace MailOps.Client.Tests.Mailboxes.Pop3;

/// <summary>Servers of POP3 that send more than there can be.</summary>
public sealed class Pop3BoundsTests : IAsyncDisposable
{
    private readonly StandInMaildrop _server = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Theory]
    [InlineData("LIST", "list its messages")]
    [InlineData("UIDL", "list its unique ids")]
    public async Task A_listing_of_far_more_than_the_messages_that_there_are_ends_the_session(string command, string what)
    {
        _server.Put("u1", "Subject: 1\r\n\r\n");
        _server.Answer = line => line == command ? "+OK\r\n" + string.Concat(Enumerable.Repeat("1 14\r\n", 14_000)) + ".\r\n" : null;
        await using var mailbox = await Pop3Mailbox.OpenAsync(_server.Options, TimeProvider.System, Cancel);
        var error = await Assert.ThrowsAsync<MailSessionException>(() => mailbox.ListAsync(Cancel));
        Assert.Equal(MailSessionFault.ProtocolViolation, error.Fault);
        Assert.StartsWith($"localhost did not {what} as the protocol has it: it sends more than 66048 octets where so much cannot be. ", error.Message, StringComparison.Ordinal);
    }
}
