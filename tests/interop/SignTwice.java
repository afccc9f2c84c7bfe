import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.ProviderException;
import java.security.Security;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.util.Collections;

/**
 * Signs twice with every key of a PKCS#11 card through SunPKCS11, in one process and one login, and verifies with
 * Java's own software provider. usage: java SignTwice.java CONFIG PIN
 */
public final class SignTwice {
    public static void main(String[] args) throws Exception {
        Provider card = Security.getProvider("SunPKCS11").configure(args[0]);
        Security.addProvider(card);
        KeyStore store = KeyStore.getInstance("PKCS11", card);
        store.load(null, args[1].toCharArray());
        int keys = 0;
        for (String alias : Collections.list(store.aliases())) {
            if (!store.isKeyEntry(alias)) {
                continue;
            }
            keys++;
            PrivateKey key = (PrivateKey) store.getKey(alias, null);
            X509Certificate certificate = (X509Certificate) store.getCertificateChain(alias)[0];
            String algorithm = key.getAlgorithm().equals("EC") ? "SHA256withECDSA" : "SHA256withRSA";
            for (int time = 1; time <= 2; time++) {
                String result;
                try {
                    result = sign(card, key, certificate, algorithm, time) ? "valid" : "INVALID";
                } catch (GeneralSecurityException | ProviderException refused) {
                    result = "refused: " + refused.getMessage();
                }
                System.out.println(alias + "\t" + algorithm + "\t" + time + "\t" + result);
            }
        }
        System.out.println(keys + " keys");
    }

    private static boolean sign(Provider card, PrivateKey key, X509Certificate certificate, String algorithm, int time)
            throws GeneralSecurityException {
        byte[] text = ("signature " + time).getBytes(StandardCharsets.UTF_8);
        Signature signer = Signature.getInstance(algorithm, card);
        signer.initSign(key);
        signer.update(text, 0, 5);
        signer.update(text, 5, text.length - 5);
        byte[] signature = signer.sign();
        Signature verifier = Signature.getInstance(algorithm);
        verifier.initVerify(certificate.getPublicKey());
        verifier.update(text);
        return verifier.verify(signature);
    }
}
