using NUnit.Framework;
using RemoteSigning.Contracts.Activation;

namespace RemoteSigning.Contracts.Tests;

public sealed class AssuranceLevelTests
{
    [TestCase(AssuranceLevel.High, AssuranceLevel.Low, ExpectedResult = true)]
    [TestCase(AssuranceLevel.Substantial, AssuranceLevel.Substantial, ExpectedResult = true)]
    [TestCase(AssuranceLevel.Low, AssuranceLevel.Substantial, ExpectedResult = false)]
    [TestCase("", AssuranceLevel.Low, ExpectedResult = false)]
    [TestCase("highest", AssuranceLevel.Low, ExpectedResult = false)]
    [TestCase(AssuranceLevel.High, "unknown", ExpectedResult = false)]
    public bool Satisfies_Pairs_ComparesKnownLevelsOnly(string reached, string demanded) =>
        AssuranceLevel.Satisfies(reached, demanded);
}
