using MailOps.Client.Mailboxes;
using MailOps.Client.Migration.Pop3;
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

    // Told by what it takes: with each name tried anew it is 180 MB.
    [Fact]
    public void Many_messages_with_one_unique_id_are_named_without_trying_all_names_before()
    {
        var listing = Enumerable.Range(1, 3_000).Select(number => new Pop3Entry(number, 5, "same")).ToList();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var named = Pop3FolderEnd.Named(listing);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 5_000_000);
        Assert.Equal(["same", "same 2", "same 3", "same 4"], named.Take(4).Select(one => one.Id));
        Assert.Equal("same 3000", named[^1].Id);
        Assert.Equal(listing, named.Select(one => one.Entry));
    }

    [Fact]
    public void A_name_that_another_message_has_is_given_to_no_copy()
    {
        var listing = new[] { "a", "a 2", "a", "a 3", "a", "a 2", "a" }.Select((uidl, i) => new Pop3Entry(i + 1, 5, uidl)).ToList();
        Assert.Equal(["a", "a 2", "a 3", "a 3 2", "a 4", "a 2 2", "a 5"], Pop3FolderEnd.Named(listing).Select(one => one.Id));
    }

    [Theory]
    [InlineData(0, null)]
    [InlineData(1, "localhost did not send message 1 as the protocol has it: it sends more than 16777226 octets where so much cannot be. ")]
    public async Task A_message_that_is_much_larger_than_it_was_listed_ends_the_session(int more, string? expected)
    {
        const int Most = (2 * 5) + (16 * 1024 * 1024);
        _server.Put("u1", new string('x', Most - 2 + more) + "\r\n");
        _server.Answer = line => line == "LIST" ? "+OK\r\n1 5\r\n.\r\n" : null;
        await using var end = new Pop3MailboxEnd("source", _server.Options, TimeProvider.System);
        await using var folder = await end.OpenAsync("INBOX", Cancel);
        var lengths = new List<long>();
        var error = await Record.ExceptionAsync(async () =>
        {
            await foreach (var message in folder.ReadAsync((await folder.ListAsync(Cancel).ToListAsync(Cancel))[0], Cancel))
            {
                using (message)
                    lengths.Add(message.Octets!.Length);
            }
        });
        if (expected is null)
        {
            Assert.Null(error);
            Assert.Equal([Most], lengths);
            return;
        }

        Assert.Equal(MailSessionFault.ProtocolViolation, Assert.IsType<MailSessionException>(error).Fault);
        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
        Assert.Empty(lengths);
    }
}
