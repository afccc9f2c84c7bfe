using NUnit.Framework;

namespace RemoteSigning.Contracts.Tests;

public sealed class ProblemTests
{
    /// <summary>The numbers travel on the card protocol: they never change.</summary>
    [Test]
    public void Numbers_All_AreThoseOnTheWire() =>
        Assert.That(
            Enum.GetValues<Problem>().Select(p => $"{(int)p} {p}"),
            Is.EqualTo(new[]
            {
                "0 None", "1 InvalidRequest", "2 UnsupportedAlgorithm", "3 DataInvalid", "4 DataLength", "5 UnknownKey",
                "6 CredentialUnusable", "7 NotSignedIn", "8 NotAllowed", "9 PinIncorrect", "10 PinLocked", "11 Declined",
                "12 ConsentNeeded", "13 LimitReached", "14 AgentUnavailable", "15 Unavailable", "16 Internal",
            }));
}
