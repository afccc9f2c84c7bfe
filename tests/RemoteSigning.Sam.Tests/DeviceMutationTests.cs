using NUnit.Framework;
using RemoteSigning.Contracts;
using RemoteSigning.Contracts.Sam;
using RemoteSigning.Sam.Devices;

namespace RemoteSigning.Sam.Tests;

/// <summary>Whatever bytes a caller sends as a device's answer: a refusal, never a failure.</summary>
public sealed class DeviceMutationTests
{
    private const int Rounds = 5_000;
    private const string Content = """{"what":"was agreed to"}""";

    private static readonly RelyingParty Party = RelyingParty.Create(TestDevice.RpId, [TestDevice.Origin]);

    [Test]
    public void CheckRegistration_MutatedAttestation_RefusedOrAUsableDevice()
    {
        using var ecdsa = TestDevice.NewEcdsa();
        using var rsa = TestDevice.NewRsa();
        var random = new Random(1);
        DeviceRegistration[] genuine = [ecdsa.Register(Content), rsa.Register(Content), ecdsa.RegisterWithSelf(Content, -7)];
        int accepted = 0;

        for (int i = 0; i < Rounds; i++)
        {
            DeviceRegistration registration = genuine[i % genuine.Length];
            Device? device = Read(() => DeviceVerifier.CheckRegistration(
                Party, Content, registration with { AttestationObject = Mutate(registration.AttestationObject, random) }));
            accepted += device is null ? 0 : 1;
            Assert.That(device is null || device.CredentialId.Length is >= Device.ShortestCredentialId and <= Device.LongestCredentialId, Is.True);
        }

        // Attestation none signs nothing: another counter, AAGUID or credential id is as good. The SKAD vouches for the bytes.
        Assert.That(accepted, Is.InRange(1, Rounds / 2));
    }

    [Test]
    public void CheckApproval_MutatedAnswer_Refused()
    {
        using var ecdsa = TestDevice.NewEcdsa();
        using var rsa = TestDevice.NewRsa();
        Device[] devices =
        [
            DeviceVerifier.CheckRegistration(Party, Content, ecdsa.Register(Content)),
            DeviceVerifier.CheckRegistration(Party, Content, rsa.Register(Content)),
        ];
        DeviceApproval[] genuine = [ecdsa.Approve(Content), rsa.Approve(Content)];
        var random = new Random(2);

        for (int i = 0; i < Rounds; i++)
        {
            DeviceApproval approval = genuine[i % genuine.Length];
            DeviceApproval mutated = (i % 3) switch
            {
                0 => approval with { AuthenticatorData = Mutate(approval.AuthenticatorData, random) },
                1 => approval with { ClientDataJson = Mutate(approval.ClientDataJson, random) },
                _ => approval with { Signature = Mutate(approval.Signature, random) },
            };
            Assert.That(Read(() => DeviceVerifier.CheckApproval(devices, Content, mutated)), Is.Null, $"round {i}");
        }
    }

    private static Device? Read(Func<Device> check)
    {
        try
        {
            return check();
        }
        catch (ProblemException refusal)
        {
            Assert.That(refusal.Code, Is.EqualTo("device_invalid"));
            return null;
        }
    }

    /// <summary>One to three changes of a byte, cuts, or insertions; never none.</summary>
    private static byte[] Mutate(byte[] bytes, Random random)
    {
        byte[] mutated;
        do
        {
            mutated = bytes;
            for (int changes = random.Next(1, 4); changes > 0; changes--)
            {
                int at = random.Next(mutated.Length);
                mutated = random.Next(4) switch
                {
                    0 => [.. mutated[..at], .. mutated[(at + 1)..]],
                    1 => [.. mutated[..at], (byte)random.Next(256), .. mutated[at..]],
                    _ => [.. mutated[..at], (byte)random.Next(256), .. mutated[(at + 1)..]],
                };
            }
        }
        while (mutated.AsSpan().SequenceEqual(bytes));
        return mutated;
    }
}
