using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using MailOps.Wire;
using Xunit;

namespace MailOps.Tests.Wire;

public sealed class LineReadingTests
{
    private readonly Pipe _pipe = new();

    [Fact]
    public async Task Lines_end_with_CRLF_or_LF()
    {
        await SendAsync("one\r\ntwo\n\r\n");
        Assert.Equal("one", await NextAsync());
        Assert.Equal("two", await NextAsync());
        Assert.Equal("", await NextAsync());
    }

    [Fact]
    public async Task A_line_of_exactly_the_limit_fits_and_one_octet_more_does_not()
    {
        await SendAsync(new string('a', 20) + "\r\n" + new string('b', 21) + "\r\n");
        Assert.Equal(new string('a', 20), await NextAsync(20));
        Assert.Equal(WireLineStatus.TooLong, (await _pipe.Reader.ReadLineAsync(20, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task A_line_that_is_too_long_is_noticed_before_it_ends_and_can_be_discarded()
    {
        await SendAsync(new string('a', 5000));
        var line = await _pipe.Reader.ReadLineAsync(100, CancellationToken.None);
        Assert.Equal(WireLineStatus.TooLong, line.Status);
        await SendAsync("aaa\r\nnext\r\n");
        Assert.True(await _pipe.Reader.DiscardLineAsync(line, 10_000, CancellationToken.None));
        Assert.Equal("next", await NextAsync());
    }

    [Fact]
    public async Task A_line_that_never_ends_is_given_up()
    {
        await SendAsync(new string('a', 5000));
        var line = await _pipe.Reader.ReadLineAsync(100, CancellationToken.None);
        Assert.False(await _pipe.Reader.DiscardLineAsync(line, 1000, CancellationToken.None));
    }

    [Fact]
    public async Task The_end_of_the_stream_is_told_apart_from_a_line()
    {
        await SendAsync("half");
        await _pipe.Writer.CompleteAsync();
        Assert.Equal(WireLineStatus.End, (await _pipe.Reader.ReadLineAsync(100, CancellationToken.None)).Status);
    }

    [Fact]
    public async Task An_interruption_wakes_the_reader_and_loses_nothing()
    {
        await SendAsync("ha");
        var reading = _pipe.Reader.ReadLineAsync(100, CancellationToken.None);
        _pipe.Reader.CancelPendingRead();
        var line = await reading;
        Assert.Equal(WireLineStatus.Interrupted, line.Status);
        _pipe.Reader.AdvanceTo(line.Next);
        await SendAsync("lf\r\n");
        Assert.Equal("half", await NextAsync());
    }

    [Fact]
    public async Task A_buffered_line_is_seen_without_being_taken()
    {
        Assert.False(_pipe.Reader.HasBufferedLine());
        await SendAsync("one\r\nha");
        Assert.True(_pipe.Reader.HasBufferedLine());
        Assert.Equal("one", await NextAsync());
        Assert.False(_pipe.Reader.HasBufferedLine());
        await SendAsync("lf\r\n");
        Assert.Equal("half", await NextAsync());
    }

    [Fact]
    public async Task A_look_at_what_is_buffered_leaves_an_interruption_to_the_read()
    {
        _pipe.Reader.CancelPendingRead();
        Assert.False(_pipe.Reader.HasBufferedLine());
        Assert.Equal(WireLineStatus.Interrupted, (await _pipe.Reader.ReadLineAsync(100, CancellationToken.None)).Status);
    }

    private async Task SendAsync(string text) => await _pipe.Writer.WriteAsync(Encoding.Latin1.GetBytes(text));

    private async Task<string> NextAsync(int maxLength = 100)
    {
        var line = await _pipe.Reader.ReadLineAsync(maxLength, CancellationToken.None);
        Assert.Equal(WireLineStatus.Line, line.Status);
        var text = Encoding.Latin1.GetString(line.Content.ToArray());
        _pipe.Reader.AdvanceTo(line.Next);
        return text;
    }
}
