using System.Security.Cryptography;
using System.Text;

namespace RemoteSigning.EndToEnd.Tests;

/// <summary>One line of the card driver: what a <c>C_Sign</c> in a long-running process came to.</summary>
internal sealed record CardSignature(int Thread, int Number, string ReturnValue, byte[] Signature)
{
    public bool IsSuccess => ReturnValue == "0x0";

    public bool Verifies(RSA key) => key.VerifyData(
        Encoding.ASCII.GetBytes($"message {Thread} {Number}"), Signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

    public static CardSignature Parse(string line)
    {
        string[] parts = line.Split(' ');
        var culture = System.Globalization.CultureInfo.InvariantCulture;
        return new CardSignature(
            int.Parse(parts[0], culture),
            int.Parse(parts[1], culture),
            parts[2],
            parts[4] == "-" ? [] : Convert.FromHexString(parts[4]));
    }
}
