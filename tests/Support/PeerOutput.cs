using Xunit;

namespace MailOps.Tests.Support;

/// <summary>What a program said.</summary>
internal sealed record PeerOutput(int ExitCode, string Output, string Error)
{
    /// <summary>Fails unless the program succeeded.</summary>
    public PeerOutput Succeeded()
    {
        Assert.True(ExitCode == 0, $"It ended with {ExitCode} and said: {Output} {Error}");
        return this;
    }
}
