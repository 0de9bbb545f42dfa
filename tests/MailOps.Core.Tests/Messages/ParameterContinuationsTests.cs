using MailOps.Messages;
using Xunit;

namespace MailOps.Core.Tests.Messages;

/// <summary>Parameters in pieces (RFC 2231 sections 3 and 4), as RFC 9051 section 7.5.2 has them told.</summary>
public sealed class ParameterContinuationsTests
{
    [Theory]
    [InlineData("a=1; b=2", "a=1; b=2")]
    [InlineData("baz*0=x; baz*1=y; baz*2=z", "baz=xyz")]
    [InlineData("baz*1=y; other=o; BAZ*0=x", "baz=xy; other=o")]
    [InlineData("foo*0*=us-ascii'en'This%20is%20; foo*1*=%2a%2a; foo*2=\"fun%20\"", "foo*=This is **fun%20")]
    [InlineData("foo*=utf-8''%e2%82%ac%20rates", "foo*=€ rates")]
    [InlineData("foo*=ISO-8859-15''%a4", "foo*=€")]
    [InlineData("foo*='en'plain", "foo*=plain")]
    // A character in two pieces.
    [InlineData("foo*0*=utf-8''%e2%82; foo*1*=%ac", "foo*=€")]
    // What stands in no order, or without a first piece, or in nobody's charset, stays as it is.
    [InlineData("baz*1=y; baz*2=z", "baz*1=y; baz*2=z")]
    [InlineData("baz*0=x; baz*2=z", "baz=x")]
    [InlineData("foo*=x-nobody''%e2", "foo*=x-nobody''%e2")]
    [InlineData("foo*=no-quotes", "foo*=no-quotes")]
    [InlineData("foo*=utf-8''%e", "foo*=%e")]
    [InlineData("foo*=utf-8''%zz", "foo*=%zz")]
    [InlineData("foo*x=1; *=2; *0=3", "foo*x=1; *=2; *0=3")]
    [InlineData("foo*99999999999=1", "foo*99999999999=1")]
    // The first of two counts.
    [InlineData("baz*0=x; baz*0=y", "baz=x")]
    public void Pieces_are_joined(string written, string expected) =>
        Assert.Equal(expected, string.Join("; ", ParameterContinuations.Join(MimeParameters.Read("x; " + written)).Select(one => $"{one.Name}={one.Value}")));

    [Fact]
    public void Without_pieces_nothing_is_copied()
    {
        var parameters = MimeParameters.Read("x; a=1");
        Assert.Same(parameters, ParameterContinuations.Join(parameters));
    }
}
